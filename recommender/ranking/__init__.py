"""Ways to order items, behind one protocol. Knows no shop; LightFM is imported in `factorization.py` only, inside fit.

Start with `ranker.py`; `blend.py` is what serves.
"""
