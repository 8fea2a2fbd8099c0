"""What this machine does: `python -m tests.bench [name...]` runs the modules here that have a `main()`.

Everything is given as a ratio to something plain measured in the same run, because seconds alone tell about a machine.
"""
