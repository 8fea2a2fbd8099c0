"""Proofs too long for every test run: `python -m tests.prove NAME --help`. The tests run small ones of them."""
