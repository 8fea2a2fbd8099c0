"""Alive, ready, and a contract that can be read by machines."""

import subprocess
import sys

from redis import Redis
from sqlalchemy import text

from app.queues import Queues
from app.web import create_app
from app.wiring import Wiring


def test_a_sound_server_is_ready(client):
    assert client.get("/health/live").json == {"status": "ok"}
    ready = client.get("/health/ready")
    assert (ready.status_code, ready.json) == (200, {"status": "ok", "missing": {}})


def test_what_is_missing_is_named(wiring, owner_url):
    broken = Wiring(**{**wiring.__dict__, "queues": Queues("unix:///nowhere.sock")})
    answer = create_app(wiring=broken).test_client().get("/health/ready")

    assert answer.status_code == 503
    assert list(answer.json["missing"]) == ["valkey"]
    assert "REDIS_URL" in answer.json["missing"]["valkey"]


def test_an_older_schema_is_named(wiring, client, monkeypatch):
    monkeypatch.setattr("app.web.health.wanted_revision", lambda: "20991231_later")

    assert "release" in client.get("/health/ready").json["missing"]["migrations"]


def test_the_contract_is_published_with_every_public_door(client):
    document = client.get("/v1/openapi.json").json

    assert set(document["paths"]) == {
        "/v1/recommendations",
        "/v1/page",
        "/v1/events",
        "/v1/pixel",
        "/v1/visitors/forget",
    }
    assert "ShownItem" in document["components"]["schemas"]


def test_every_answer_forbids_guessing_its_kind(client):
    for path in ("/health/live", "/widget.js", "/v1/openapi.json", "/nowhere"):
        assert client.get(path, buffered=True).headers["X-Content-Type-Options"] == "nosniff"


def test_the_script_is_handed_to_any_page_and_may_be_kept_for_a_while(client):
    answer = client.get("/widget.js", buffered=True)

    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    assert "javascript" in answer.mimetype
    assert answer.cache_control.max_age == 3600
    assert client.get("/widget.js", headers={"If-None-Match": answer.headers["ETag"]}, buffered=True).status_code == 304


def test_the_application_role_reads_the_migration_it_is_at(wiring):
    with wiring.db.of_nobody() as session:
        assert session.execute(text("SELECT version_num FROM alembic_version")).scalar()
    assert isinstance(wiring.queues.redis, Redis)


def test_the_server_starts_without_loading_lightfm():
    code = "import sys, app.web, app.jobs.deliveries; sys.exit('lightfm' in sys.modules)"

    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
