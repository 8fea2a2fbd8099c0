"""What the journeys of messages begin with."""

import pytest

from tests.app.cast import ALICE, item


@pytest.fixture
def planned(stage):
    """A cart that was left by somebody who said yes, planned and due."""
    stage.subscribe()
    stage.tell(*(item(str(number)) for number in range(1, 8)))
    stage.leave(visitor_id=ALICE, phone="+442071234567", address="1 Tea Street, London")
    stage.plan()
    return stage
