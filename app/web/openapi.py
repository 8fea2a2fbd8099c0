"""DOOR: the public contract, published as OpenAPI 3.1 from the very shapes that are read and answered with.

Written out rather than by a framework: APIFlask and flask-smorest bring a second language of shapes (marshmallow), and
the public doors are five.
"""

from typing import Any

from flask import Blueprint, Response, jsonify
from pydantic.json_schema import models_json_schema

from app.serving.recommend import MOST_ITEMS, PLACEMENTS
from app.web.shapes import Events, Forget, Forgotten, Kept, Page, Problem, Recommendations

bp = Blueprint("openapi", __name__)

REF = "#/components/schemas/{model}"
PROBLEMS = {
    "400": "What was sent cannot be used",
    "403": "Asked from a page that is not the shop's",
    "404": "No such shop",
    "413": "Too large",
    "429": "Too many requests",
}


@bp.get("/v1/openapi.json")
def openapi() -> Response:
    """Publish the contract."""
    return jsonify(_document())


def _document() -> dict[str, Any]:
    shapes = (Events, Kept, Forget, Forgotten, Recommendations, Page, Problem)
    _, schemas = models_json_schema([(shape, "serialization") for shape in shapes], ref_template=REF)
    one, many = _parameter("placement", enum=PLACEMENTS), _parameter("placement", enum=PLACEMENTS, many=True)
    return {
        "openapi": "3.1.0",
        "info": {"title": "Regulars, for storefronts", "version": "1"},
        "components": {"schemas": schemas["$defs"]},
        "paths": {
            "/v1/recommendations": {"get": _asking("Recommend for one placement", one, "Recommendations")},
            "/v1/page": {"get": _asking("Recommend for all placements of a page", many, "Page")},
            "/v1/events": {"post": _telling("Report what a visitor did", "Events", "Kept")},
            "/v1/pixel": {"post": _telling("Report from a pixel in a sandbox without an origin", "Events", "Kept")},
            "/v1/visitors/forget": {"post": _telling("Forget a browser", "Forget", "Forgotten")},
        },
    }


def _asking(summary: str, placement: dict[str, Any], answer: str) -> dict[str, Any]:
    parameters = [
        _parameter("shop", is_required=True),
        {**placement, "required": True},
        _parameter("item", many=True),
        _parameter("visitor"),
        {"name": "limit", "in": "query", "schema": {"type": "integer", "minimum": 1, "maximum": MOST_ITEMS}},
        _parameter("locale"),
    ]
    return {"summary": summary, "parameters": parameters, "responses": _responses("200", answer)}


def _telling(summary: str, body: str, answer: str) -> dict[str, Any]:
    content = {kind: {"schema": _ref(body)} for kind in ("application/json", "text/plain")}
    return {"summary": summary, "requestBody": {"content": content}, "responses": _responses("202", answer)}


def _responses(status: str, answer: str) -> dict[str, Any]:
    good = {status: {"description": "Done", "content": {"application/json": {"schema": _ref(answer)}}}}
    problem = {"application/problem+json": {"schema": _ref("Problem")}}
    return good | {code: {"description": words, "content": problem} for code, words in PROBLEMS.items()}


def _parameter(
    name: str, *, enum: tuple[str, ...] = (), many: bool = False, is_required: bool = False
) -> dict[str, Any]:
    one: dict[str, Any] = {"type": "string", **({"enum": list(enum)} if enum else {})}
    schema = {"type": "array", "items": one} if many else one
    return {"name": name, "in": "query", "required": is_required, "schema": schema}


def _ref(name: str) -> dict[str, str]:
    return {"$ref": f"#/components/schemas/{name}"}
