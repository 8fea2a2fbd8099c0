"""The pages, one file per thing a visitor does: look around, fill a cart, say who they are, keep the shop.

Each is a blueprint that reads SQLite and renders; none talks to Regulars. What the browser shall report stands in the
page as data (`told_by_the_page`), for `static/shop.js` to pass on.
"""
