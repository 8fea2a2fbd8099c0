"""A room: show, correct, forget. So far a visitor can have their browser forgotten; never commits.

Start with `forget.py`.
"""
