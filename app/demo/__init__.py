"""The demo storefront: a small shop with its own process, origin and database, and nothing of ours but the contract.

It may import nothing of `app`, `plugins` or `recommender`: it loads `widget.js`, pastes the custom element, and sends
signed webhooks, as any shop in the world would. Deleting this folder breaks no other module. Start with `__main__.py`;
what a visitor sees is `pages/`, what Regulars hears is `carts.py`, `messages.py`, `outbox.py` and `sender.py`.
"""
