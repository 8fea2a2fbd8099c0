"""A law: who is this? The facts themselves are the links, and a person's word that two are not one stands against them.

An order, a cart, an account and a sign-in each name a person in one or more ways. `same_person` follows only what says
"the same" beyond doubt: an account, the e-mail address it is registered with, and merged accounts. `probably_same`
follows typed addresses, phones, delivery addresses, carts and browsers too, and serves one purpose: to hold a message
back. Never target by it.

Start with `links.py`; `names.py` says how a name is written to be compared.
"""

from app.identity.links import SHARED, has_ordered, probably_same, same_person
from app.identity.names import Kind, Known, Seals, clean_email, clean_phone, known, plain_address, written_forms

__all__ = [
    "SHARED",
    "Kind",
    "Known",
    "Seals",
    "clean_email",
    "clean_phone",
    "has_ordered",
    "known",
    "plain_address",
    "probably_same",
    "same_person",
    "written_forms",
]
