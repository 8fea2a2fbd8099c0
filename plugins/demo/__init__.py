"""The demo shop as a third platform: what a modern shop's messages look like when somebody designs them carefully.

Deliveries follow Standard Webhooks: the signature covers id, time and body, so nothing can be replayed later or under
another name. May not know the storefront in `app/demo`, which signs on its own. Start with `signature.py`, `parse.py`.
"""

from plugins.demo.platform import Demo

__all__ = ["Demo"]
