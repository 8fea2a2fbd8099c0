"""A room: what we know becomes a ranker or a predictor worth trusting.

May not know who asks for recommendations, nor platforms; never commits. Start with `trainings.py` (asked for, claimed),
then `dataset.py` (rows become arrays), `fitting.py` and `promote.py` (what may serve, and why). What is expected of
people goes the same way: `people_dataset.py`, `predictors.py` (a line a family) and `predictions.py` (what is said).
"""
