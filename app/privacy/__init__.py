"""A room: show and forget. May not know what platforms or learning mean by it: doors carry that in; never commits.

`wishes.py` is the line of those who asked; `person.py` finds everything one person is called by; `rows.py`, `papers.py`
and `scrub.py` take them out of tables, of what was handed in, and of the disk; `archive.py` shows them what is known.
"""
