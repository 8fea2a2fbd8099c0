"""A law: may we remember, personalize, learn, write? The only place that answers, and always with a reason.

A visitor's latest answer decides about their browser. Customers whose orders came with the shop's own history were
never asked: the merchant's setting decides about them, until one of their browsers says no.

Start with `answers.py`; `ledger.py` keeps what was said.
"""

from app.consent.answers import (
    Answer,
    Learners,
    Reason,
    agreeing,
    expect_mail,
    expect_personal,
    learners,
    may_mail,
    may_personalize,
    may_remember,
    of_visitor,
)
from app.consent.ledger import Stop, Word, hold_address, hold_addresses, moment_of_own_word, record, suppress

__all__ = [
    "Answer",
    "Learners",
    "Reason",
    "Stop",
    "Word",
    "agreeing",
    "expect_mail",
    "expect_personal",
    "hold_address",
    "hold_addresses",
    "learners",
    "may_mail",
    "may_personalize",
    "may_remember",
    "moment_of_own_word",
    "of_visitor",
    "record",
    "suppress",
]
