"""What WooCommerce exports: products, and under Analytics orders and customers. Start with `products.py`.

Analytics says little of orders, so `lines.py` reads what the plugin "Advanced Order Export For WooCommerce" writes.
"""
