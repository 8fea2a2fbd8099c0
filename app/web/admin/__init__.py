"""A door: the merchant's pages, one file per page, rendered here and readable without a script.

Every address under `/admin/<shop>` asks first who is there (`access.py`) and hands the page a `Here`: the shop, the
person, their role, the time. Pages read through rooms, each in one transaction; a change needs an editor, is a POST,
and leaves an audit entry. Start with `access.py`, then `overview.py`.
"""

from app.web.admin.pages import hang

__all__ = ["hang"]
