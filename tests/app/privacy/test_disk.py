"""What was learned, files that lie about, and the disk: rankers without the person, and not a byte in any file."""

import os
from datetime import timedelta
from pathlib import Path

import numpy as np
import pytest
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from app.db import make_engine
from app.jobs import cleaning, forgetting, training
from app.learning.trainings import request_training
from app.models import Erasure, Import, Shop, Training
from app.privacy import scrub
from plugins.events import ShopRedacted
from recommender.ranking.factorization import factorization
from recommender.ranking.stored import keep_users, load_ranker, save_ranker
from tests.app.cast import buyers, customer, order, tell
from tests.app.privacy.test_erasure import ask, forget, wish

UNIQUE = "canary-of-the-disk@example.com"


def train(wiring, shop_id, kind="simple"):
    with wiring.db.of_shop(shop_id) as session:
        training_id = request_training(session, shop_id, cause="asked", kind=kind)
    training.run_training(shop_id, training_id, wiring=wiring)


def user_ids(wiring, shop_id):
    return {
        name: load_ranker(wiring.artifacts.path(shop_id, name)).extras["user_ids"].tolist()
        for name in wiring.artifacts.names(shop_id)
    }


@pytest.fixture
def trained(wiring, harbour):
    tell(wiring, harbour, *buyers(6, 8, until=wiring.clock() - timedelta(days=1)))
    train(wiring, harbour)
    return harbour


def test_every_ranker_loses_the_person_and_what_serves_is_read_again(wiring, trained):
    shelf = wiring.shelves.of(trained)
    before = shelf.snapshot().ranker
    assert "customer3" in before.user_ids
    wiring.artifacts.path(trained, "ranker-99-lost").write_bytes(b"customer3, of a training long over")
    (wiring.artifacts.path(trained, "x").parent / ".artifact-half").write_bytes(b"customer3, half written")

    done = forget(wiring, trained, customers="customer3")

    assert (done.state, done.found["artifacts"]) == ("done", 1)
    others = ["customer0", "customer1", "customer2", "customer4", "customer5"]
    assert list(user_ids(wiring, trained).values()) == [others]
    assert wiring.artifacts.halves(trained) == []
    shelf._look_again_at = 0
    after = shelf.snapshot().ranker
    assert (after.version_id, "customer3" in after.user_ids) == (before.version_id, False)
    with wiring.db.of_shop(trained) as session:
        waiting = session.execute(select(Training.kind, Training.cause).where(Training.state == "waiting"))
        assert sorted(map(tuple, waiting)) == [("full", "forgotten"), ("people", "forgotten")]


def test_a_training_that_had_read_the_person_writes_them_down_no_more(wiring, trained, monkeypatch):
    read = training.read_dataset

    def read_and_forget_meanwhile(*args, **more):
        dataset = read(*args, **more)
        wish_id = ask(wiring, trained, customers="customer3")
        forgetting.fulfil_wish(trained, wish_id, wiring=wiring)
        cleaning.finish_wishes(trained, wiring=wiring)
        assert wish(wiring, trained, wish_id).state == "waiting"  # for this training
        return dataset

    monkeypatch.setattr(training, "read_dataset", read_and_forget_meanwhile)
    train(wiring, trained)

    assert all("customer3" not in ids for ids in user_ids(wiring, trained).values())


def test_the_other_shops_customer_of_the_same_name_stays_in_its_ranker(wiring, trained, linden):
    tell(wiring, linden, *buyers(6, 8, until=wiring.clock() - timedelta(days=1)))
    train(wiring, linden)

    forget(wiring, trained, customers="customer3")

    assert all("customer3" in ids for ids in user_ids(wiring, linden).values())


def test_a_file_that_nobody_waits_for_goes_and_one_in_line_is_waited_for(wiring, trained):
    folder = wiring.settings.data_dir / "uploads" / str(trained) / "1"
    folder.mkdir(parents=True)
    lost, waiting = folder / "lost.csv", folder / "waiting.csv"
    for path in (lost, waiting):
        path.write_text("customer3")
        os.utime(path, (0, 0))
    with wiring.db.of_shop(trained) as session:
        row = Import(shop_id=trained, kind="orders", path=str(waiting), file_name="w", file_digest="")
        session.add(row)

    done = forget(wiring, trained, customers="customer3")
    assert done.state == "waiting"

    with wiring.db.of_shop(trained) as session:
        session.execute(text("UPDATE imports SET state = 'done'"))
        session.execute(text("UPDATE erasures SET claimed_until = NULL"))
    cleaning.finish_wishes(trained, wiring=wiring)
    assert wish(wiring, trained, done.id).state == "done"
    assert not lost.exists()


def database_folder(owner_url):
    engine = make_engine(owner_url)
    with engine.connect() as connection:
        folder = Path(connection.execute(text("SELECT current_setting('data_directory')")).scalar_one())
    engine.dispose()
    return folder


def files_with(folder, word):
    found = []
    for path in folder.rglob("*"):
        try:
            if path.is_file() and word.encode() in path.read_bytes():
                found.append(str(path.relative_to(folder)))
        except FileNotFoundError:
            continue
    return found


def test_not_a_byte_of_the_person_is_left_in_the_databases_files(wiring, harbour, owner_url):
    tell(wiring, harbour, customer("canary-of-the-disk"), order("o1", "tea", None, email=UNIQUE))
    assert ask(wiring, harbour, emails=UNIQUE)
    engine = make_engine(owner_url)
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("ANALYZE"))  # the planner's samples of a table that is empty afterwards
        connection.execute(text("CHECKPOINT"))
    engine.dispose()
    folder = database_folder(owner_url)
    assert any(name.startswith("base/") for name in files_with(folder, UNIQUE))
    assert any(name.startswith("pg_wal/") for name in files_with(folder, UNIQUE))

    done = forget(wiring, harbour, emails=UNIQUE)

    assert (done.state, done.reason) == ("done", "")
    assert files_with(folder, UNIQUE) == []
    assert files_with(folder, "canary-of-the-disk") == []


def test_a_transaction_from_before_keeps_the_wish_open(wiring, harbour, monkeypatch):
    monkeypatch.setattr(scrub, "OLD_VIEWS_SECONDS", 0.3)
    tell(wiring, harbour, customer("canary-of-the-disk"))
    with Session(wiring.db.engine) as old:
        old.connection(execution_options={"isolation_level": "REPEATABLE READ"})
        old.execute(text("SELECT count(*) FROM customers"))
        done = forget(wiring, harbour, emails=UNIQUE)
        assert done.state == "waiting"
        assert "long ago" in done.reason
        assert done.live_erased_at is not None
    with wiring.db.of_shop(harbour) as session:
        session.execute(text("UPDATE erasures SET claimed_until = NULL"))
    cleaning.finish_wishes(harbour, wiring=wiring)

    assert wish(wiring, harbour, done.id).state == "done"


def test_a_table_too_large_for_the_day_waits_for_the_night(wiring, harbour, monkeypatch):
    monkeypatch.setattr(scrub, "LARGEST_BY_DAY", 0)
    monkeypatch.setattr(cleaning, "_is_night", lambda *_: False)
    done = forget(wiring, harbour, emails=UNIQUE)
    assert (done.state, done.subject) == ("waiting", None)
    assert "customers" in done.reason

    with wiring.db.of_shop(harbour) as session:
        session.execute(text("UPDATE erasures SET claimed_until = NULL"))
    monkeypatch.setattr(cleaning, "_is_night", lambda *_: True)
    cleaning.finish_wishes(harbour, wiring=wiring)
    assert wish(wiring, harbour, done.id).state == "done"


def test_a_shop_is_forgotten_whole_once_it_has_left_and_the_other_stays(wiring, trained, linden):
    tell(wiring, linden, customer("e1"))
    tell(wiring, trained, ShopRedacted())
    with wiring.db.of_shop(trained) as session:
        wish_id = session.scalars(select(Erasure.id)).one()

    forgetting.fulfil_wish(trained, wish_id, wiring=wiring)
    assert "An owner has to confirm" in wish(wiring, trained, wish_id).reason
    assert user_ids(wiring, trained)

    with wiring.db.of_shop(trained) as session:
        session.get_one(Shop, trained).uninstalled_at = wiring.clock() - timedelta(days=2)
        session.execute(text("UPDATE erasures SET claimed_until = NULL"))
    forgetting.fulfil_wish(trained, wish_id, wiring=wiring)
    cleaning.finish_wishes(trained, wiring=wiring)

    engine = make_engine(wiring.settings.database_url)
    with engine.connect() as connection:
        assert connection.execute(text("SELECT slug FROM shops")).scalars().all() == ["linden-loom"]
        for table in ("orders", "order_lines", "items", "customers", "ranker_versions", "erasures"):
            assert connection.execute(text(f"SELECT count(*) FROM {table} WHERE shop_id = {trained}")).scalar() == 0
        assert connection.execute(text("SELECT count(*) FROM customers")).scalar() == 1
    engine.dispose()
    assert not (wiring.settings.data_dir / "artifacts" / str(trained)).exists()


def test_a_shop_that_comes_back_while_its_disk_is_being_cleaned_is_not_dropped(wiring, trained):
    tell(wiring, trained, ShopRedacted())
    with wiring.db.of_shop(trained) as session:
        wish_id = session.scalars(select(Erasure.id)).one()
        session.get_one(Shop, trained).uninstalled_at = wiring.clock() - timedelta(days=2)
    forgetting.fulfil_wish(trained, wish_id, wiring=wiring)
    with wiring.db.of_shop(trained) as session:
        session.get_one(Shop, trained).uninstalled_at = None  # connected anew
    tell(wiring, trained, customer("n1"))
    cleaning.finish_wishes(trained, wiring=wiring)

    assert wish(wiring, trained, wish_id).state == "done"
    with wiring.db.of_shop(trained) as session:
        assert session.execute(text("SELECT external_id FROM customers")).scalars().all() == ["n1"]


def test_rankers_written_anew_keep_everybody_elses_vectors_in_place(tmp_path):
    users = np.arange(12, dtype=np.float32).reshape(4, 3)
    arm = factorization(users, np.ones((2, 3), np.float32))
    path = tmp_path / "ranker"
    save_ranker(path, [arm], {"home": {"factorization": 1.0}}, extras={"user_ids": np.array(["a", "b", "c", "d"])})

    keep_users(path, np.array([True, False, True, True]), extras=("user_ids",))

    stored = load_ranker(path)
    assert stored.extras["user_ids"].tolist() == ["a", "c", "d"]
    assert stored.blends["home"].arms[0].users.tolist() == users[[0, 2, 3]].tolist()
    with pytest.raises(ValueError, match="rows"):
        keep_users(path, np.array([True]), extras=("user_ids",))
