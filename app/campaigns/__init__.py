"""A room: a trigger, an audience, steps and guard rails become planned messages.

Writes `planned` rows into the outbox and nothing else: whether one goes out is asked again by the room that sends.
Knows no letter and no mail server. Start with `campaigns.py`, then `abandoned_cart.py`.
"""
