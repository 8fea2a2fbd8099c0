"""Did it help, and is it fair? Differences from a control group with intervals, and tables of groups side by side.

Nothing here knows what was done to whom: counts and arrays in, intervals and verdicts out. Start with `lift.py`.
"""
