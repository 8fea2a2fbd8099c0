"""The stage that messages are tested on, for every room and door that has to do with one."""

from collections.abc import Iterator

import pytest

from app.settings import Settings
from app.wiring import Wiring
from tests.app.stage import Stage, on_stage


@pytest.fixture
def stage(settings: Settings, wiring: Wiring, harbour: int) -> Iterator[Stage]:
    with on_stage(settings, wiring, harbour) as stage:
        yield stage
