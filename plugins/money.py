"""Money as whole minor units, by the exponents of ISO 4217."""

import re
from decimal import Decimal, InvalidOperation

from plugins.errors import Malformed

PRICE = re.compile(r"(?!0+(?:\.00)? )([0-9]{1,6}(?:\.[0-9]{2})?) ([A-Z]{3})")  # "19.00 USD", and never nothing
# Currencies that do not have two decimals (ISO 4217, list one); every other has.
EXPONENTS = {
    **dict.fromkeys(
        [
            "BIF",
            "CLP",
            "DJF",
            "GNF",
            "ISK",
            "JPY",
            "KMF",
            "KRW",
            "PYG",
            "RWF",
            "UGX",
            "UYI",
            "VND",
            "VUV",
            "XAF",
            "XOF",
            "XPF",
        ],
        0,
    ),
    **dict.fromkeys(["BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"], 3),
}
LARGEST_MINOR = 10**15  # ten trillion; beyond it a figure is a fault, not a price


def to_minor(amount: object, currency: str) -> int:
    """Turn a decimal amount of major units into whole minor units, half to even. Raises Malformed."""
    try:
        major = Decimal(str(amount).strip())
    except InvalidOperation:
        raise Malformed(f"An amount is not a number: {str(amount)[:40]!r}.") from None
    if not major.is_finite() or major.copy_abs() > LARGEST_MINOR:
        raise Malformed(f"An amount is out of all bounds: {str(amount)[:40]!r}.")
    return int((major.scaleb(exponent(currency))).to_integral_value())


def to_major(amount_minor: int, currency: str) -> str:
    """Turn minor units into a decimal string of major units, as a price tag shows it."""
    places = exponent(currency)
    return f"{Decimal(amount_minor).scaleb(-places):.{places}f}"


def exponent(currency: str) -> int:
    """Return how many decimals a currency has."""
    return EXPONENTS.get(currency.upper(), 2)
