"""A room: what we know becomes a ranker worth trusting.

May not know who asks for recommendations, nor platforms; never commits. Start with `trainings.py` (asked for, claimed),
then `dataset.py` (rows become arrays), `fitting.py` and `promote.py` (what may serve, and why).
"""
