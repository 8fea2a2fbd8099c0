"""What browsers are told about our pages: nothing from elsewhere, nothing around them but a shop's admin, no traces."""

from flask import Blueprint, Response, g

from app.web.admin.embedding import Embedded

POLICY = (
    "default-src 'none'; script-src 'self'{scripts}; style-src 'self'; img-src 'self'{pictures}; connect-src 'self'; "
    "form-action 'self'; frame-src 'self'; frame-ancestors {around}; base-uri 'none'"
)
# A letter in a frame of ours: no script, no form, no origin of its own; pictures only where its page lets them in.
LETTER = (
    "sandbox{may}; default-src 'none'; style-src 'unsafe-inline'; img-src data:{pictures}; form-action 'none'; "
    "frame-ancestors 'self'{around}; base-uri 'none'"
)
# Inside Shopify's admin the page stands in a frame of exactly its shop's, and talks to it through Shopify's own script.
BRIDGE = " https://cdn.shopify.com"
ADMIN = "https://admin.shopify.com"
NOT_IN_FRAMES = ("Cross-Origin-Opener-Policy", "X-Frame-Options")
HEADERS = {
    "Cache-Control": "no-store",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    "Referrer-Policy": "same-origin",  # our own forms are checked by it under https
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}
YEAR_SECONDS = 365 * 24 * 3600


def answer_with_letter(text: str, mimetype: str, *, shows_pictures: bool = False, may: str = "") -> Response:
    """Answer with a letter, to be shown in a frame. may: what its sandbox allows, such as "allow-popups"."""
    g.shows_pictures, g.letter_may = shows_pictures, f" {may}" if may else ""
    return Response(text, mimetype=mimetype)


def _policy(pictures: str, embedded: Embedded | None) -> str:
    if embedded is None:
        return POLICY.format(pictures=pictures, scripts="", around="'none'")
    return POLICY.format(pictures=pictures, scripts=BRIDGE, around=f"https://{embedded.shop} {ADMIN}")


def _letter_policy(pictures: str, embedded: Embedded | None) -> str:
    around = "" if embedded is None else f" https://{embedded.shop} {ADMIN}"  # all frames around it are asked
    return LETTER.format(may=g.letter_may, pictures=pictures, around=around)


def put_on(blueprint: Blueprint, *, is_https: bool) -> None:
    """Put the headers on every answer of a blueprint."""

    def put(response: Response) -> Response:
        # The pictures of a shop's items stand on its own storefront, so its exact origins are let in; nobody else's.
        pictures = " ".join(["", *g.here.shop.origins]) if "here" in g and g.get("shows_pictures") else ""
        is_letter = "letter_may" in g
        embedded = g.get("embedded")
        policy = _letter_policy(pictures, embedded) if is_letter else _policy(pictures, embedded)
        response.headers["Content-Security-Policy"] = policy
        for name, value in HEADERS.items():
            response.headers[name] = value
        if is_letter:
            response.headers["X-Frame-Options"] = "SAMEORIGIN"
        if embedded is not None:
            for name in NOT_IN_FRAMES:
                response.headers.pop(name, None)
        if is_https:
            response.headers["Strict-Transport-Security"] = f"max-age={YEAR_SECONDS}"
        return response

    blueprint.after_request(put)
