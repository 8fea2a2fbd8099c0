"""Shopify: its signatures and its words, as far as webhooks that a merchant made by hand carry them.

Headers are not signed, bodies are states built at delivery, and nothing promises an order. What Shopify calls REST's
snake_case is what comes; GraphQL, the app and its installation are not here. May not know Flask, SQL or Redis. Start
with `parse.py`; the traps each have a test in `tests/plugins/shopify`.
"""

from plugins.shopify.platform import Shopify

__all__ = ["Shopify"]
