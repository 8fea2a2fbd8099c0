"""What a file calls a thing whose id it does not know: an item by its number, address or title; a customer by e-mail.

An order line or a customer that is known by such a name only carries it in place of the platform's id, until the thing
itself is heard of. A platform's own ids never begin like this.
"""

LONGEST_NAME = 200
FILE_REFUND = "file"  # the one refund of an order whose single refunds a file does not tell
SKU, HANDLE, TITLE, EMAIL = "sku:", "handle:", "title:", "email:"


def by_sku(sku: str) -> str:
    """Name an item, or one of its variants, by the shop's article number."""
    return _name(SKU, sku)


def by_handle(handle: str) -> str:
    """Name an item by the last part of its address in the shop."""
    return _name(HANDLE, handle)


def by_title(title: str) -> str:
    """Name an item by its title, or by the title and the variant as order lines give them: "Assam - 250 g"."""
    return _name(TITLE, title)


def by_email(email: str) -> str:
    """Name a customer by their address, in small letters as addresses are compared."""
    return f"{EMAIL}{email.strip().lower()}"


def is_item_name(external_id: str) -> bool:
    """Tell whether this is a name in place of an item's id."""
    return external_id.startswith((SKU, HANDLE, TITLE))


def _name(kind: str, text: str) -> str:
    return f"{kind}{' '.join(text.casefold().split())}"[:LONGEST_NAME]
