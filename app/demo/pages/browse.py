"""Looking around: home, shelves, search, one item, and its picture."""

from flask import Blueprint, Response, abort, make_response, render_template, request, session
from flask.typing import ResponseReturnValue

from app.demo import items
from app.demo.items import LONGEST_SEARCH
from app.demo.pictures import draw
from app.demo.shelves import BY_SLUG
from app.demo.web import db

blueprint = Blueprint("browse", __name__)
PICTURE_SECONDS = 24 * 3600


@blueprint.get("/")
def home() -> str:
    return render_template(
        "home.html",
        best=items.best_sellers(db(), 8),
        new=items.newest(db(), 4),
        sizes=items.shelf_sizes(db()),
    )


@blueprint.get("/shelves/<slug>")
def shelf(slug: str) -> str:
    found = BY_SLUG.get(slug) or abort(404)
    return render_template("shelf.html", shelf=found, page=items.of_shelf(db(), found, _page_number()))


@blueprint.get("/search")
def search() -> str:
    words = " ".join(request.args.get("q", "").replace("\x00", "").split())[:LONGEST_SEARCH]
    page = items.search(db(), words, _page_number())
    told = [["searched", words]] if words and page.number == 1 else []
    instead = items.best_sellers(db(), 4) if not page.items else []
    return render_template("search.html", words=words, page=page, told=told, instead=instead)


@blueprint.get("/items/<item>")
def item(item: str) -> str:
    found = items.find(db(), item) or abort(404)
    told = [] if session.get("told") else [["viewed", found.id]]  # back from a form of this page is no second look
    return render_template("item.html", item=found, shelf=BY_SLUG[found.shelf], told=told)


@blueprint.get("/pictures/<item>.svg")
def picture(item: str) -> ResponseReturnValue:
    found = items.find(db(), item) or abort(404)
    response: Response = make_response(draw(found.id, found.title, found.shelf))
    response.content_type = "image/svg+xml; charset=utf-8"
    response.headers["Content-Security-Policy"] = "default-src 'none'"
    response.cache_control.public = True
    response.cache_control.no_cache = None
    response.cache_control.max_age = PICTURE_SECONDS
    response.add_etag()
    return response.make_conditional(request)


def _page_number() -> int:
    number = request.args.get("page", "1")
    return int(number) if number.isascii() and number.isdigit() and len(number) < 6 else 1
