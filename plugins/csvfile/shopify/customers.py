"""Shopify's customers_export.csv: one customer in each row.

"Accepts Email Marketing: yes" does not say when they said so, so there is no proof of it: they come in as people, and
how many it concerns is counted.
"""

from collections import Counter
from collections.abc import Iterator, Sequence

from plugins.csvfile.batches import Circumstances, Format
from plugins.csvfile.cells import Columns, Fault, country_code, email_address, is_yes, number_as_id
from plugins.events import CustomerChanged
from plugins.names import by_email
from plugins.text import plain

ACCEPTS = ("accepts email marketing", "accepts marketing")
NEEDED = (("first name",), ("last name",), ("email",), ACCEPTS, ("total spent",))


def shopify_customers(header: list[str], at: Circumstances) -> Format:
    """Return how this file is read."""
    columns = Columns(header)

    def read(record: list[str]) -> tuple[CustomerChanged, bool]:
        columns.check(record)
        return _customer(columns, record, at), is_yes(columns.cell(record, *ACCEPTS))

    return Format(read=read, facts=_facts)


def _facts(rows: Sequence[tuple[CustomerChanged, bool]], counts: Counter[str]) -> Iterator[CustomerChanged]:
    for customer, accepts in rows:
        counts["unproven"] += accepts and customer.email is not None
        yield customer


def _customer(columns: Columns, record: list[str], at: Circumstances) -> CustomerChanged:
    email = email_address(columns.cell(record, "email"), "Email")
    told = columns.cell(record, "customer id", "id")
    if not told and not email:
        raise Fault("Neither Customer ID nor Email is there.")
    phone = columns.cell(record, "phone") or columns.cell(record, "default address phone")
    return CustomerChanged(
        external_id=number_as_id(told, "Customer ID") if told else by_email(email),
        version_at=at.version_at,
        email=email or None,
        phone=phone.removeprefix("'") or None,
        first_name=plain(columns.cell(record, "first name")),
        last_name=plain(columns.cell(record, "last name")),
        country=country_code(columns.cell(record, "default address country code", "country code")),
    )
