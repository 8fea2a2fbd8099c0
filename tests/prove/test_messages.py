"""The proof of the messages, small: `python -m tests.prove messages` is the whole of it."""

import itertools
import random

from app.messaging import recheck
from tests.conftest import empty_tables
from tests.prove.messages import DELAY, Rehearsal, die_everywhere, patient_journey, table
from tests.prove.rehearsal import Points
from tests.prove.shoppers import make_journey


def run(settings, count, *stories, left_alone=0):
    """Rehearse a few shoppers of some stories, or of all, with death by chance."""
    empty_tables(settings.database_url)
    made = (make_journey(1, number, 0.05, DELAY) for number in itertools.count())
    chosen = itertools.islice((one for one in made if not stories or one.truth.story in stories), count)
    points = Points(random.Random(1), chance=0.01)
    rehearsal = Rehearsal(settings, list(chosen), name="small", points=points, items=(), left_alone=left_alone)
    try:
        return rehearsal.run()
    finally:
        rehearsal.close()


def test_no_promise_is_broken_whatever_dies(wiring, settings):
    result = run(settings, 40)

    assert result.faults == []
    assert sum(result.deaths.values()) > 5
    assert result.messages["sent", "accepted"] > 10


def test_the_same_seed_gives_the_same_table(wiring, settings):
    assert table(run(settings, 4, "left", "bought")) == table(run(settings, 4, "left", "bought"))


def test_who_is_left_alone_is_never_written_to_whatever_dies(wiring, settings):
    result = run(settings, 24, "left", "two_carts", "changed", left_alone=50)

    assert result.faults == []
    assert result.messages["skipped", "control_group"] > 2
    assert result.messages["sent", "accepted"] > 2


def test_without_asking_again_promises_are_broken(wiring, settings, monkeypatch):
    monkeypatch.setattr(recheck, "ask_again", lambda *_asked: None)

    faults = {fault for fault, _ in run(settings, 8, "bought_just_before").faults}

    assert "sent after a purchase was known" in faults


def test_one_journey_survives_its_death_at_any_point(wiring, settings):
    points, faults = die_everywhere(settings, patient_journey, first=3, step=11)

    assert faults == []
    assert points > 3
