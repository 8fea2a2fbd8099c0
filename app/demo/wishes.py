"""What a platform passes on when somebody asks about their data: to see it, or to be forgotten."""

import secrets
import sqlite3

from app.demo import carts, orders, outbox
from app.demo.database import writing
from app.demo.messages import email_of, whose_data

MOST_ORDERS = 100


def ask_to_see(db: sqlite3.Connection, customer: str) -> str:
    """Write down that a customer asks what is known of them; return the request's number."""
    request_id = f"request-{secrets.token_hex(4)}"
    with writing(db):
        outbox.put(db, "data.requested", {"request_id": request_id, **whose_data(customer, _orders(db, customer))})
    return request_id


def ask_to_forget(db: sqlite3.Connection, customer: str) -> None:
    """Write down that a customer is to be forgotten, and forget them here: their carts, and whose orders they were."""
    with writing(db):
        outbox.put(db, "customer.redacted", whose_data(customer, _orders(db, customer)))
        carts.forget(db, email_of(customer))
        orders.forget(db, customer)


def _orders(db: sqlite3.Connection, customer: str) -> list[str]:
    return [row["id"] for row in orders.of_customer(db, customer, MOST_ORDERS)]
