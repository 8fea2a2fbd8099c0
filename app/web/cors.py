"""Who may read an answer from a page: the shop's exact origins, without credentials."""

from flask import Response, request

from app.shops.directory import ShopCard


def may_read(card: ShopCard, answer: Response) -> Response:
    """Let the shop's own pages read an answer."""
    origin = request.headers.get("Origin")
    if origin in card.origins:
        answer.headers["Access-Control-Allow-Origin"] = origin
    answer.headers["Vary"] = "Origin, Accept-Language"
    answer.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
    answer.headers["X-Content-Type-Options"] = "nosniff"
    return answer
