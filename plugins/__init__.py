"""The platforms: everything that knows Shopify's or WooCommerce's words, a spreadsheet's columns, the demo's messages.

May not know Flask, SQL or Redis, nor who asks. Platforms are strangers to each other; what they share is the vocabulary
in `events.py` and the verbs in `platform.py`. Start reading there, then in `woocommerce/parse.py`.
"""

from plugins.demo import Demo
from plugins.platform import Platform
from plugins.shopify import Shopify
from plugins.woocommerce import WooCommerce

PLATFORMS: dict[str, Platform] = {"woocommerce": WooCommerce(), "shopify": Shopify(), "demo": Demo()}
