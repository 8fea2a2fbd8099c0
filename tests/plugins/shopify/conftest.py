"""A Shopify on loopback for whoever talks."""

from collections.abc import Iterator

import pytest

from tests.plugins.shopify.fake.server import Fake


@pytest.fixture
def fake() -> Iterator[Fake]:
    with Fake() as fake:
        yield fake
