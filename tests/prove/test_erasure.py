"""A small proof of forgetting, in every test run: four people, the workers' jobs right here."""

import tempfile
from pathlib import Path

from tests.prove.erasure import House, prove, tabulate


def test_nothing_is_left_of_whoever_was_forgotten_and_everything_of_their_neighbours():
    house = House(Path(tempfile.mkdtemp(prefix="regulars-prove-")), has_processes=False)
    try:
        proof = prove(house, count=2)
    finally:
        house.close()

    print(tabulate(proof))
    assert proof.faults == []
