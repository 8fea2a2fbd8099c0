"""A door: everything on one machine. Starts, watches and stops the embedded servers and our own processes.

Knows processes, ports and folders; nothing of shops. Start with `postgres.py`.
"""
