"""A room: who is this, and what have they done? Never commits.

`search.py` finds people, whether they have an account or only left an e-mail address; `names.py` says under which names
somebody is known, and which of them the holder of a link may see; `profile.py` and `timeline.py` tell what is known
under these names, and `choices.py` keeps what somebody says on their own page. The room may not decide who is the same
person (`app/identity`) nor what is allowed (`app/consent`).
"""
