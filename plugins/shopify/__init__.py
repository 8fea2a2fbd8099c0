"""Shopify: its signatures and its words, as webhooks carry them, and its Admin API, asked and told.

Headers are not signed, bodies are states built at delivery, and nothing promises an order. What Shopify calls REST's
snake_case is what comes by itself; what is asked comes as GraphQL and is put in the same words (`bodies.py`), so that
one set of readers reads both. Only the documents in `queries/` are ever sent. May not know Flask, SQL or Redis. Start
with `parse.py` and `talks.py`; the traps each have a test in `tests/plugins/shopify`.
"""

from plugins.shopify.platform import Shopify

__all__ = ["Shopify"]
