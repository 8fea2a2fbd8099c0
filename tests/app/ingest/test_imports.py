"""Files coming in: everything is counted, nothing is twice, an interruption costs nothing."""

from pathlib import Path

import pytest
from sqlalchemy import text

from app.db import make_engine
from app.ingest.digest import digest
from app.ingest.imports import claim_import, request_import
from app.jobs import imports as journey
from app.jobs.imports import run_import, shift_to_yesterday
from app.models import Import, Order, SetAsideRow, Training, WorkState
from plugins.csvfile import batches
from plugins.platform import ShopFacts
from tests.conftest import add_shop

HEADER = "order_id,ordered_at,customer_id,item_id,item_title,quantity,unit_price\n"
ROWS = "".join(
    f"{n // 3},2026-03-{1 + n // 30:02} 10:00,c{n % 7},I{n % 11},Cup {n % 11},1,{n % 5 + 1}.50\n" for n in range(300)
)


@pytest.fixture
def small_batches(monkeypatch):
    monkeypatch.setattr(batches, "BATCH_ROWS", 30)


def ask(wiring, shop_id, path, **more):
    with wiring.db.of_shop(shop_id) as session:
        return request_import(session, shop_id, path, **more)


def row_of(wiring, shop_id, import_id):
    with wiring.db.of_shop(shop_id) as session:
        return session.get(Import, (shop_id, import_id))


def write(tmp_path: Path, text_: str) -> Path:
    path = tmp_path / "orders.csv"
    path.write_text(text_)
    return path


def digest_of(wiring, shop_id):
    with wiring.db.of_shop(shop_id) as session:
        return digest(session)


def test_rows_are_read_accepted_and_set_aside_with_reasons(wiring, harbour, tmp_path):
    path = write(tmp_path, HEADER + ROWS + "x,never,c,I,Cup,1,1\n")

    import_id = ask(wiring, harbour, path)
    run_import(harbour, import_id, wiring=wiring)

    row = row_of(wiring, harbour, import_id)
    assert (row.state, row.rows_read, row.rows_accepted, row.rows_set_aside) == (WorkState.DONE, 301, 300, 1)
    assert row.bytes_read == row.bytes_total == path.stat().st_size
    with wiring.db.of_shop(harbour) as session:
        assert "not a time" in session.query(SetAsideRow).one().reason
        assert {training.kind for training in session.query(Training)} == {"simple", "full", "people"}


def test_the_database_knows_how_much_came_in_before_anybody_asks(wiring, owner_url, harbour, tmp_path):
    run_import(harbour, ask(wiring, harbour, write(tmp_path, HEADER + ROWS)), wiring=wiring)

    engine = make_engine(owner_url)
    with engine.connect() as connection:
        known = connection.execute(text("SELECT reltuples FROM pg_class WHERE relname = 'order_lines'")).scalar()
    engine.dispose()
    assert known == 300


def test_the_same_file_twice_changes_nothing(wiring, harbour, tmp_path):
    path = write(tmp_path, HEADER + ROWS)
    run_import(harbour, ask(wiring, harbour, path), wiring=wiring)
    once = digest_of(wiring, harbour)

    run_import(harbour, ask(wiring, harbour, path), wiring=wiring)

    assert digest_of(wiring, harbour) == once


@pytest.mark.usefixtures("small_batches")
@pytest.mark.parametrize("stop_after", [0, 1, 4])
def test_an_interrupted_import_goes_on_and_ends_in_the_same_rows(wiring, harbour, tmp_path, monkeypatch, stop_after):
    path = write(tmp_path, HEADER + ROWS)
    undisturbed = add_shop(wiring.db, "undisturbed")
    run_import(undisturbed, ask(wiring, undisturbed, path), wiring=wiring)
    import_id = ask(wiring, harbour, path)
    real, calls = journey.imports.record_batch, []

    def failing(*args, **more):
        calls.append(1)
        if len(calls) > stop_after:
            raise OSError
        return real(*args, **more)

    monkeypatch.setattr(journey.imports, "record_batch", failing)
    monkeypatch.setattr(journey.imports, "fail_import", lambda *_: None)  # as if the process had died
    run_import(harbour, import_id, wiring=wiring)
    monkeypatch.setattr(journey.imports, "record_batch", real)
    with wiring.db.of_shop(harbour) as session:
        session.execute(text("UPDATE imports SET claimed_until = 'epoch'"))

    run_import(harbour, import_id, wiring=wiring)

    row = row_of(wiring, harbour, import_id)
    assert (row.state, row.rows_read, row.rows_accepted) == (WorkState.DONE, 300, 300)
    assert digest_of(wiring, harbour) == digest_of(wiring, undisturbed)


def test_only_one_worker_reads_a_file(wiring, harbour, tmp_path):
    import_id = ask(wiring, harbour, write(tmp_path, HEADER + ROWS))
    with wiring.db.of_shop(harbour) as session:
        claim_import(session, harbour, import_id)

    run_import(harbour, import_id, wiring=wiring)

    assert row_of(wiring, harbour, import_id).rows_read == 0


def test_whoever_lost_the_claim_on_a_file_writes_nothing(wiring, harbour, tmp_path, monkeypatch):
    import_id = ask(wiring, harbour, write(tmp_path, HEADER + ROWS))
    real = journey.imports.record_batch

    def late(session, *args, **more):
        session.execute(text("UPDATE imports SET claim_token = gen_random_uuid()"))
        return real(session, *args, **more)

    monkeypatch.setattr(journey.imports, "record_batch", late)
    run_import(harbour, import_id, wiring=wiring)

    row = row_of(wiring, harbour, import_id)
    assert (row.state, row.rows_read) == (WorkState.RUNNING, 0)
    with wiring.db.of_shop(harbour) as session:
        assert session.query(Order).all() == []


def test_a_file_that_is_no_orders_file_fails_with_a_sentence(wiring, harbour, tmp_path):
    import_id = ask(wiring, harbour, write(tmp_path, "name;price\n1;2\n"))

    run_import(harbour, import_id, wiring=wiring)

    row = row_of(wiring, harbour, import_id)
    assert (row.state, "semicolons" in row.reason) == (WorkState.FAILED, True)


def test_a_file_that_went_away_says_so(wiring, harbour, tmp_path):
    path = write(tmp_path, HEADER + ROWS)
    import_id = ask(wiring, harbour, path)
    path.unlink()

    run_import(harbour, import_id, wiring=wiring)

    assert "Import it again" in row_of(wiring, harbour, import_id).reason


def test_dates_move_by_whole_weeks_to_end_within_the_last_week(wiring, harbour, tmp_path):
    path = write(tmp_path, HEADER + "1,2011-12-09 12:50,7,A,Cup,1,1\n")
    days = shift_to_yesterday(path, ShopFacts(currency="GBP", time_zone="UTC"), wiring.clock())

    run_import(harbour, ask(wiring, harbour, path, shift_days=days), wiring=wiring)

    assert days % 7 == 0
    with wiring.db.of_shop(harbour) as session:
        placed_at = session.query(Order).one().placed_at
    assert 0 <= (wiring.clock() - placed_at).days < 7


def test_eve_cannot_run_the_import_of_another_shop(wiring, harbour, linden, tmp_path):
    import_id = ask(wiring, harbour, write(tmp_path, HEADER + ROWS))

    run_import(linden, import_id, wiring=wiring)

    assert row_of(wiring, harbour, import_id).state == WorkState.WAITING
