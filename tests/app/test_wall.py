"""The wall between shops, and migrations up and down."""

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import text
from sqlalchemy.exc import ProgrammingError

from app.db import Row, make_engine
from app.models import GLOBAL_TABLES, TENANT_TABLES, AuditEntry
from tests.conftest import migrate


def test_the_other_shops_rows_do_not_exist(wiring, harbour, linden):
    with wiring.db.of_shop(harbour) as session:
        session.add(AuditEntry(shop_id=harbour, action="item_hidden"))

    with wiring.db.of_shop(linden) as session:
        assert session.query(AuditEntry).all() == []
    with wiring.db.of_nobody() as session:
        assert session.query(AuditEntry).all() == []


def test_nobody_writes_into_the_other_shop(wiring, harbour, linden):
    with pytest.raises(ProgrammingError, match="row-level security"), wiring.db.of_shop(linden) as session:
        session.add(AuditEntry(shop_id=harbour, action="item_hidden"))


def test_the_shop_of_one_transaction_is_forgotten_in_the_next(wiring, harbour):
    with wiring.db.of_shop(harbour) as session:
        session.add(AuditEntry(shop_id=harbour, action="item_hidden"))

    with wiring.db.of_nobody() as session:
        assert session.execute(text("SELECT current_setting('regulars.shop_id', true)")).scalar() in (None, "")


def test_every_table_of_a_shop_stands_behind_the_wall(owner_url):
    engine = make_engine(owner_url)
    with engine.connect() as connection:
        walled = set(
            connection.execute(
                text("SELECT relname FROM pg_class WHERE relrowsecurity AND relforcerowsecurity")
            ).scalars()
        )
    engine.dispose()

    assert walled == set(TENANT_TABLES)
    assert set(Row.metadata.tables) == walled | GLOBAL_TABLES


def test_a_partition_cannot_be_reached_around_its_parent(wiring, harbour):
    with pytest.raises(ProgrammingError, match="permission denied"), wiring.db.of_shop(harbour) as session:
        session.execute(text("SELECT * FROM browsing_events_other"))


def test_the_application_cannot_become_the_owner(wiring):
    with wiring.db.of_nobody() as session:
        session.execute(text("RESET ROLE"))
        assert session.execute(text("SELECT current_user")).scalar() == "regulars_app"


def test_the_migrations_make_what_the_models_say(owner_url):
    engine = make_engine(owner_url)
    with engine.connect() as connection:
        context = MigrationContext.configure(connection)
        differences = compare_metadata(context, Row.metadata)
    engine.dispose()

    assert [one for one in differences if "browsing_events_" not in str(one)] == []


def test_the_migrations_go_down_and_up_again(owner_url):
    migrate(owner_url, "base")
    engine = make_engine(owner_url)
    with engine.connect() as connection:
        left = connection.execute(text("SELECT count(*) FROM pg_class WHERE relname = 'shops'")).scalar()
    engine.dispose()
    migrate(owner_url)

    assert left == 0
