"""A room: who is this, what have they done, which segments are they in? Never commits.

Start with `refresh.py`: what was told of names (`stitching.py`: one profile a person) becomes figures (`facts.py`), a
stage (`stages.py`, by the shop's `rhythm.py`) and memberships (`segments.py`, asked in the language of `conditions/`).
`overview.py` counts all people together, `known.py` tells what is kept of one.

`search.py` finds people, whether they have an account or only left an e-mail address; `names.py` says under which names
somebody is known, and which of them the holder of a link may see; `profile.py` and `timeline.py` tell what is known
under these names, and `choices.py` keeps what somebody says on their own page. The room may not decide who is the same
person (`app/identity`) nor what is allowed (`app/consent`).
"""
