"""What every test stands on: the same embedded PostgreSQL and Valkey as `make run`, started once for the whole run.

`database` gives a migrated database of its own to each test module's worth of rows: all tables are emptied between
tests, not rebuilt. The application's role is used, so row-level security is always on.
"""

import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from alembic import command
from alembic.config import Config
from flask.testing import FlaskClient
from sqlalchemy import text

from app.db import Database, make_engine
from app.local import postgres, valkey
from app.models import Shop
from app.settings import Settings
from app.web import create_app
from app.wiring import Wiring, wire

ROOT = Path(__file__).parent.parent

for name in ("DATABASE_URL", "REDIS_URL", "SECRET_KEY", "DATA_DIR", "PORT", "PUBLIC_URL"):
    os.environ.pop(name, None)  # a developer's own settings never reach a test


def migrate(url: str, target: str = "head") -> None:
    """Bring a database to a revision, as `release` does."""
    config = Config(toml_file=str(ROOT / "pyproject.toml"))
    config.attributes["url"] = url
    if target == "head":
        command.upgrade(config, target)
    else:
        command.downgrade(config, target)


@pytest.fixture(scope="session")
def data_dir() -> Iterator[Path]:
    folder = Path(tempfile.mkdtemp(prefix="regulars-test-"))
    yield folder
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def owner_url(data_dir: Path) -> Iterator[str]:
    """A running, migrated PostgreSQL, as its owner."""
    place = postgres.find_place(data_dir)
    process = postgres.start(place, data_dir / "postgresql.log")
    try:
        migrate(place.url)
        yield place.url
    finally:
        postgres.stop(process)
        shutil.rmtree(place.data.parent, ignore_errors=True)


@pytest.fixture(scope="session")
def redis_url(data_dir: Path) -> Iterator[str]:
    """A running Valkey."""
    process = valkey.start(data_dir, data_dir / "valkey.log")
    yield f"unix://{valkey.socket_path(data_dir)}"
    process.terminate()
    process.wait(timeout=10)


@pytest.fixture
def settings(owner_url: str, redis_url: str, tmp_path: Path) -> Settings:
    return Settings(data_dir=tmp_path, database_url=owner_url, redis_url=redis_url, secret_key="test-" * 10, port=8000)


@pytest.fixture
def wiring(settings: Settings) -> Iterator[Wiring]:
    """Everything real, with empty tables and an empty Valkey."""
    empty_tables(settings.database_url)
    wiring = wire(settings, pool_size=4)
    wiring.queues.redis.flushall()
    yield wiring
    wiring.close()


# TRUNCATE makes new files for each of forty tables, which takes ten times as long as deleting a few rows.
DELETE_ALL = """
DO $$
DECLARE one record;
BEGIN
    DELETE FROM shops;
    DELETE FROM people;
    DELETE FROM ticks;
    FOR one IN SELECT schemaname, sequencename FROM pg_sequences WHERE last_value IS NOT NULL LOOP
        PERFORM setval(format('%I.%I', one.schemaname, one.sequencename), 1, false);
    END LOOP;
END $$
"""
TRUNCATE_ALL = "TRUNCATE shops, people, ticks RESTART IDENTITY CASCADE"
MANY_BYTES = 64 * 1024**2  # of a whole database; an empty one has some 13 MB


def empty_tables(url: str) -> None:
    """Take every row out, as the owner."""
    engine = make_engine(url)
    with engine.begin() as connection:
        size = connection.execute(text("SELECT pg_database_size(current_database())")).scalar_one()
        connection.execute(text(TRUNCATE_ALL if size > MANY_BYTES else DELETE_ALL))
    engine.dispose()


def add_shop(db: Database, slug: str, platform: str = "woocommerce", currency: str = "GBP") -> int:
    """Open a shop and return its id."""
    with db.of_nobody() as session:
        shop = Shop(
            slug=slug,
            public_key=slug,
            name=slug.replace("-", " ").title(),
            platform=platform,
            currency=currency,
            origins=[f"https://{slug}.example"],
        )
        session.add(shop)
        session.flush()
        return shop.id


@pytest.fixture
def harbour(wiring: Wiring) -> int:
    """Harbour Tea, a WooCommerce shop: Alice, Bob, Carol and Dan buy here."""
    return add_shop(wiring.db, "harbour-tea")


@pytest.fixture
def linden(wiring: Wiring) -> int:
    """Linden & Loom, the other shop: Eve's."""
    return add_shop(wiring.db, "linden-loom", platform="demo")


@pytest.fixture
def client(wiring: Wiring) -> FlaskClient:
    """The real server, asked without a network in between."""
    return create_app(wiring=wiring).test_client()
