"""The stage that messages are tested on."""

import pytest

from tests.app.stage import on_stage


@pytest.fixture
def stage(settings, wiring, harbour):
    with on_stage(settings, wiring, harbour) as stage:
        yield stage
