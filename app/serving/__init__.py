"""A room: a placement asks, items answer; quickly, and never with an error.

May not know who asks (web, a job, the command line), nor how rankers are trained; never commits, never imports lightfm.
Start with `recommend.py` (one answer) and `visit.py` (one visitor); `shelves.py` holds shops in memory.
"""
