"""Claims on long work: one at a time, held as long as they are renewed, and worthless once they are lost."""

import pytest

from app.learning.trainings import request_training
from app.models import Training, WorkState
from app.models.work import claim_work, end_work, free_work, renew_work


@pytest.fixture
def row(wiring, harbour):
    with wiring.db.of_shop(harbour) as session:
        return Training, harbour, request_training(session, harbour, cause="asked")


@pytest.fixture
def claim(wiring, row):
    def one(*, seconds):
        with wiring.db.of_shop(row[1]) as session:
            return claim_work(session, *row, seconds=seconds)

    return one


def test_a_renewed_claim_is_nobody_elses(wiring, row, claim):
    token = claim(seconds=0)
    with wiring.db.of_shop(row[1]) as session:
        assert renew_work(session, row, token, seconds=60)

    with wiring.db.of_shop(row[1]) as session:
        assert free_work(session, *row[:2]) == []
    assert claim(seconds=60) is None


def test_a_claim_that_ran_out_is_taken_over_and_changes_nothing_any_more(wiring, row, claim):
    frozen, awake = claim(seconds=0), claim(seconds=60)

    assert awake is not None
    with wiring.db.of_shop(row[1]) as session:
        assert not renew_work(session, row, frozen, seconds=60, values={"stage": "frozen"})
        assert not end_work(session, row, frozen, WorkState.FAILED, {})
        assert end_work(session, row, awake, WorkState.DONE, {})
    with wiring.db.of_shop(row[1]) as session:
        training = session.get(Training, row[1:])
    assert (training.state, training.stage) == (WorkState.DONE, "")
