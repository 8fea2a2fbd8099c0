"""What browsers are told about our pages: nothing from elsewhere, nobody around them, nothing kept."""

from flask import Blueprint, Response, g

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'{pictures}; connect-src 'self'; "
    "form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
)
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


def put_on(blueprint: Blueprint, *, is_https: bool) -> None:
    """Put the headers on every answer of a blueprint."""

    def put(response: Response) -> Response:
        # The pictures of a shop's items stand on its own storefront, so its exact origins are let in; nobody else's.
        pictures = " ".join(["", *g.here.shop.origins]) if "here" in g and g.get("shows_pictures") else ""
        response.headers["Content-Security-Policy"] = POLICY.format(pictures=pictures)
        for name, value in HEADERS.items():
            response.headers[name] = value
        if is_https:
            response.headers["Strict-Transport-Security"] = f"max-age={YEAR_SECONDS}"
        return response

    blueprint.after_request(put)
