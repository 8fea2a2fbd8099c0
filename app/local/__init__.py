"""A door: everything on one machine. Starts, watches and stops the embedded servers and our own processes.

Knows processes, ports and folders; nothing of shops: those it leaves to the command line (`app/cli`). `make run` is
`__main__.py`; start with `supervisor.py`, which starts things, and `guardian.py`, which stops them, whatever happens.
"""
