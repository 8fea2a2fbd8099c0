"""Shopify: its signatures and its words, as webhooks carry them, made by hand or by an app.

Headers are not signed, bodies are states built at delivery, and nothing promises an order. What Shopify calls REST's
snake_case is what comes; GraphQL, the app and its installation are not here. May not know Flask, SQL or Redis. Start
with `parse.py`; the traps each have a test in `tests/plugins/shopify`.
"""

from plugins.shopify.platform import Shopify

__all__ = ["Shopify"]
