"""A room: a merchant joins, keeps credentials, leaves.

May not know what shops sell, nor who asks; never commits. Start with `shops.py`; `directory.py` is how busy doors find
a shop without asking the database every time.
"""
