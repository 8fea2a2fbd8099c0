"""A room: one message to one person, never twice.

`outbox.py` says where a message stands, `recheck.py` whether it may still go, `letter.py` what it says, `senders.py`
who takes it. A message is written `sending` and committed before it is handed over: after a crash nobody knows whether
it arrived, so it is parked and shown, never sent again by itself. Knows no campaign's trigger and no web page.
"""
