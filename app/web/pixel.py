"""DOOR: a web pixel at Shopify reports what a visitor did. It runs in a sandbox without an origin (`Origin: null`).

So any page may read the answer, which says nothing of anybody, and no cookie comes along. The pixel brings the id of
the visitor, a secret of that browser, and no answer about consent: that is given on the shop's own pages (`events.py`).
"""

from flask import Blueprint, Response

from app.errors import NotFound
from app.web.context import find_shop
from app.web.events import read_shape, say, take_in
from app.web.shapes import Events, ItemDone, SearchMade

bp = Blueprint("pixel", __name__)


@bp.post("/v1/pixel")
def report() -> Response:
    """Take in what a pixel reports."""
    told = read_shape(Events)
    card = find_shop(told.shop)
    if card is None or card.platform != "shopify":
        raise NotFound("There is no shop at Shopify by this name.")
    done = [event if isinstance(event, ItemDone | SearchMade) else None for event in told.events]
    return say(take_in(card, told.model_copy(update={"events": done})))


@bp.after_request
def _let_sandboxes_read(answer: Response) -> Response:
    answer.headers["Access-Control-Allow-Origin"] = "*"
    answer.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
    return answer
