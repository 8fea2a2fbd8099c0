"""What Shopify's admin exports: orders_export.csv, products_export.csv and customers_export.csv.

Reading starts in `orders.py`. None of these files tells when it was so; the first two know no product's id.
"""
