"""WooCommerce: its signatures and its words, with the traps a real store was seen to set.

Bodies are states built at delivery, ids repeat, deletions are misreported, errors arrive signed. May not know Flask,
SQL or Redis. Start with `parse.py`; the traps each have a test in `tests/plugins/woocommerce`.
"""

from plugins.woocommerce.platform import WooCommerce

__all__ = ["WooCommerce"]
