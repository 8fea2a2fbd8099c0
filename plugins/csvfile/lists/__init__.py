"""Lists of people with what they said to being written to, and addresses that must not be. Start with `people.py`."""
