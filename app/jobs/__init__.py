"""A door: time comes in. One file per journey; its functions take ids only.

RQ, the clock and the command line ring here. A job claims its row first, so ringing twice is harmless, and what a dead
worker left is rung for again by the sweep in `clock.py`. Start with `deliveries.py`.
"""
