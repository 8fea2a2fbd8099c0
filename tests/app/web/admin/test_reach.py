"""Whether platforms and shoppers can reach this server, by its own address."""

import pytest

from app.web.admin.reach import reach_of


@pytest.fixture(autouse=True)
def _in_a_request(app):
    """Sentences need a language, which needs a request."""
    with app.test_request_context():
        yield


@pytest.mark.parametrize(
    "address",
    [
        "https://regulars.example",
        "https://regulars.example:8443",
        "https://shop.co.uk/regulars",
        "https://93.184.216.34",
    ],
)
def test_a_public_https_address_is_enough(settings, address):
    assert reach_of(settings.model_copy(update={"public_url": address})).is_public


@pytest.mark.parametrize(
    "address",
    [
        "",  # our own default
        "https://localhost",
        "https://regulars",
        "https://regulars.local",
        "https://nas.home.arpa",
        "https://regulars.local.",
        "https://192.168.1.5",
        "https://10.0.0.1:8443",
        "https://100.64.0.1",
        "https://169.254.169.254",
        "https://[::1]",
        "https://[fd00::1]",
        "https://[::ffff:127.0.0.1]",
    ],
)
def test_an_address_of_this_machine_or_its_network_is_said_to_be_one(settings, address):
    found = reach_of(settings.model_copy(update={"public_url": address}))

    assert "only this machine or its own network" in found.sentence
    assert (address or "http://127.0.0.1:8000") in found.sentence


def test_an_address_without_https_is_said_to_be_one(settings):
    found = reach_of(settings.model_copy(update={"public_url": "http://regulars.example"}))

    assert not found.is_public
    assert "without https" in found.sentence
