"""One language of conditions on people, as JSON: for segments, campaigns, shelves and reports.

A condition is a term, or conditions joined:

    {"field": "orders_count", "is": "at_least", "value": 3}
    {"field": "bought_item", "is": "is", "value": "tea-7", "days": 90}
    {"all": [...]}    {"any": [...]}    {"not": {...}}

`fields.py` is the closed list of what can be asked. `parse` reads JSON and says what to change where it is none;
`where` makes SQL on a `profiles p`, every value a parameter; `say` tells it in English. What is not known of somebody
(no order yet, no prediction, one from before their last order) fits no term. Start with `shape.py`.
"""

from app.profiles.conditions.fields import FIELDS, Field, Kind, Op
from app.profiles.conditions.shape import Condition, Group, Not, Term, has_time, parse, terms_of, to_json
from app.profiles.conditions.sql import where
from app.profiles.conditions.words import Names, say

__all__ = [
    "FIELDS",
    "Condition",
    "Field",
    "Group",
    "Kind",
    "Names",
    "Not",
    "Op",
    "Term",
    "has_time",
    "parse",
    "say",
    "terms_of",
    "to_json",
    "where",
]
