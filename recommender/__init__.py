"""The mathematics: arrays in, ranked items out.

Knows no shop, no Flask, no SQL, no Redis, and no ids but dense integers. Everything is a frozen value made by a
function; nothing here reads a clock. Start with `interactions.py`, then `ranking/ranker.py`, then `train.py`.
"""
