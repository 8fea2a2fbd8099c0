"""WooCommerce's customers (Analytics, Customers, Download): one in each row, guests too, none with an id.

They go by their address until the shop itself tells of them.
"""

from collections import Counter
from collections.abc import Iterator, Sequence

from plugins.csvfile.batches import Circumstances, Format
from plugins.csvfile.cells import Columns, Fault, Times, country_code, email_address
from plugins.events import CustomerChanged
from plugins.names import by_email
from plugins.text import plain

NEEDED = (("name",), ("username",), ("last active",), ("sign up", "date registered"), ("email",))


def woocommerce_customers(header: list[str], at: Circumstances) -> Format:
    """Return how this file is read."""
    columns, times = Columns(header), Times(at.shop.time_zone, at.now)

    def read(record: list[str]) -> CustomerChanged:
        columns.check(record)
        return _customer(columns, times, at, record)

    return Format(read=read, facts=_facts)


def _facts(rows: Sequence[CustomerChanged], _counts: Counter[str]) -> Iterator[CustomerChanged]:
    yield from rows


def _customer(columns: Columns, times: Times, at: Circumstances, record: list[str]) -> CustomerChanged:
    email = email_address(columns.cell(record, "email"), "Email")
    if not email:
        raise Fault("Email is empty.")
    first, _, last = plain(columns.cell(record, "name")).partition(" ")
    signed_up = columns.cell(record, "sign up", "date registered")
    return CustomerChanged(
        external_id=by_email(email),
        version_at=at.version_at,
        email=email,
        first_name=first,
        last_name=last,
        country=country_code(columns.cell(record, "country / region", "country")),
        created_at=times.maybe("" if signed_up.lower() == "null" else signed_up, "Sign Up"),
    )
