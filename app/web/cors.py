"""Who may read an answer from a page: the shop's exact origins, without credentials. Problems too, so they help."""

from flask import Response, g, request


def let_pages_read(answer: Response) -> Response:
    """Let the pages of the shop that this request named read the answer."""
    card = g.get("shop_card")
    if card is None:
        return answer
    origin = request.headers.get("Origin")
    if origin in card.origins:
        answer.headers["Access-Control-Allow-Origin"] = origin
    answer.headers["Vary"] = "Origin, Accept-Language"
    answer.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
    return answer
