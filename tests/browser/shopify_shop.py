"""A shop at Shopify as a browser sees it: its theme's pages with our blocks in them, its cart, and its app proxy.

The pages are our own Liquid, rendered; what is asked under /apps/regulars is signed as Shopify signs it and handed to
the server under test, and Liquid that comes back is rendered with the shop's products.
"""

import json
import re
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

from liquid import DictLoader, Environment

from plugins.shopify.app_files import SOURCE
from plugins.shopify.paint import CONTENT_TYPE
from plugins.shopify.proxy import sign_proxy

THEME = SOURCE / "regulars-theme"
ADDRESS = "harbour-tea.myshopify.com"
SCHEMA = re.compile(r"{% schema %}.*{% endschema %}", re.DOTALL)
UNRENDERED = re.compile(r"{%-? doc -?%}.*?{%-? enddoc -?%}|{% layout none %}", re.DOTALL)
PRIVACY = """<script>
window.allowed = ALLOWED;
window.Shopify = {
  loadFeatures: (_features, done) => setTimeout(done),
  customerPrivacy: {
    analyticsProcessingAllowed: () => window.allowed, preferencesProcessingAllowed: () => window.allowed,
  },
};
const answerBanner = (yes) => {
  window.allowed = yes;
  document.dispatchEvent(new Event("visitorConsentCollected"));
};
</script>"""
Engine = Callable[[str, str], tuple[int, str, str]]  # method and path: status, content type, body


@dataclass
class ShopifyShop:
    """What is in it, and what it heard."""

    engine: Engine
    secret: bytes
    origin: str = ""
    html: str = ""
    customer: str = ""
    proxy_status: int = 200
    products: dict[str, dict[str, Any]] = field(default_factory=dict)
    cart: list[int] = field(default_factory=list)
    attributes: list[dict[str, str]] = field(default_factory=list)
    proxied: list[str] = field(default_factory=list)

    def open(self, regulars: str, *blocks: str, item: str = "", is_allowed: bool = False, lead: str = "") -> str:
        """Lay out a page with some of our blocks; return its address."""
        told = {
            "shop": {"permanent_domain": ADDRESS},
            "routes": {"root_url": "/"},
            "request": {"locale": {"iso_code": "en"}, "page_type": "product" if item else "index"},
            "cart": {"item_count": len(self.cart), "items": [{"product_id": one} for one in self.cart]},
            "product": {"id": item} if item else None,
            "customer": {"id": self.customer} if self.customer else None,
            "block": {"settings": {"shown": 4, "heading_level": 2, "space": 400}, "shopify_attributes": ""},
        }
        body = "".join(self._render(self._read(f"blocks/{name}.liquid", regulars), told, regulars) for name in blocks)
        self.html = (
            '<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Harbour Tea</title>'
            f'<link rel="stylesheet" href="/regulars.css">{PRIVACY.replace("ALLOWED", str(is_allowed).lower())}'
            f'<script src="/regulars.js" defer></script></head><body>{lead}{body}<p id="after">After</p></body></html>'
        )
        return self.origin + "/"

    def paint(self, text: str) -> str:
        return self._render(text, {"all_products": self.products}, "")

    def _render(self, text: str, told: dict[str, Any], regulars: str) -> str:
        snippets = {path.stem: self._read(f"snippets/{path.name}", regulars) for path in THEME.glob("snippets/*")}
        theme = Environment(loader=DictLoader(snippets), globals=told)  # a snippet sees the shop's objects, no more
        theme.filters |= {"t": lambda _key: "Recommendations", "money": lambda pence: f"£{int(pence) / 100:.2f}"}
        theme.filters["image_url"] = lambda picture, **_told: picture
        theme.filters["image_tag"] = lambda address, **_told: f'<img class="regulars-image" src="{address}" alt="">'
        return theme.from_string(UNRENDERED.sub("", text)).render()

    def _read(self, name: str, regulars: str) -> str:
        text = (THEME / name).read_text().replace("https://regulars.example", regulars)
        return UNRENDERED.sub("", SCHEMA.sub("", text))

    def ask_engine(self, method: str, path: str, query: str) -> tuple[int, str, str]:
        """Hand a request on as Shopify's app proxy does."""
        self.proxied.append(f"{method} {path}?{query}")
        pairs = [*parse_qsl(query), ("shop", ADDRESS), ("logged_in_customer_id", self.customer)]
        pairs += [("path_prefix", "/apps/regulars"), ("timestamp", str(int(time.time())))]
        signed = urlencode([*pairs, ("signature", sign_proxy(pairs, self.secret))])
        status, kind, body = self.engine(method, f"/proxy/shopify{path}?{signed}")
        if kind.startswith(CONTENT_TYPE):
            return status, "text/html; charset=utf-8", self.paint(body)
        return status, kind, body


class _Handler(BaseHTTPRequestHandler):
    shop: ShopifyShop

    def log_message(self, *_: object) -> None:
        pass

    def answer(self, status: int, kind: str, body: str) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body.encode())))
        self.end_headers()
        self.wfile.write(body.encode())

    def do_GET(self) -> None:
        address = urlsplit(self.path)
        if address.path.startswith("/apps/regulars"):
            self.proxy("GET")
        elif address.path == "/cart.js":
            lines = [{"product_id": one} for one in self.shop.cart]
            self.answer(200, "application/json", json.dumps({"items": lines}))
        elif address.path in {"/regulars.js", "/regulars.css"}:
            kind = "text/javascript" if address.path.endswith("js") else "text/css"
            self.answer(200, kind, (THEME / "assets" / address.path[1:]).read_text())
        else:
            self.answer(200, "text/html; charset=utf-8", self.shop.html)

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"] or 0))
        if self.path.startswith("/apps/regulars"):
            self.proxy("POST")
        elif self.path == "/cart/add.js":
            self.shop.cart.append(json.loads(body)["id"])
            self.answer(200, "application/json", "{}")
        else:
            self.shop.attributes.append(json.loads(body)["attributes"])
            self.answer(200, "application/json", "{}")

    def proxy(self, method: str) -> None:
        address = urlsplit(self.path)
        path = address.path.removeprefix("/apps/regulars")
        status, kind, answer = self.shop.ask_engine(method, path, address.query)
        self.answer(self.shop.proxy_status if status == 200 else status, kind, answer)


@contextmanager
def open_shopify_shop(engine: Engine, secret: bytes) -> Iterator[ShopifyShop]:
    """Open the shop, and close it."""
    shop = ShopifyShop(engine, secret)
    server = ThreadingHTTPServer(("127.0.0.1", 0), type("Handler", (_Handler,), {"shop": shop}))
    server.daemon_threads = True
    shop.origin = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield shop
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
