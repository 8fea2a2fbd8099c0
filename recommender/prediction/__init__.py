"""What people are likely to do: leave, buy again and when, spend, finish a visit with an order. What items will sell.

Histories in, probabilities and amounts with 80 % intervals out, each with its reasons. Every method here was compared
with simpler ones on later weeks and won somewhere; where a shop is too small to tell, the simplest serves and says so.
Start with `histories.py`, then `predictor.py`.
"""
