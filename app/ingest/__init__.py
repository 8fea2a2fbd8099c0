"""A room: what platforms tell us becomes what we know.

May not know who serves, learns or asks, and never commits: a door opens the transaction. Start with `inbox.py` (a
delivery is kept), then `apply.py` (its facts become rows) and `imports.py` (files).
"""
