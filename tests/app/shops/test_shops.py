"""A shop joins with words that are checked, and secrets that only it can open."""

import pytest
from sqlalchemy import text

from app.errors import BadRequest, SettingsError
from app.models import ShopSecret
from app.shops.secrets import WEBHOOK, add_secret, current_secrets
from app.shops.shops import NewShop, check_origins, check_time_zone, open_shop

GOOD = {"slug": "tea", "name": "Tea", "platform": "woocommerce", "currency": "gbp", "time_zone": "Europe/London"}
KEY = "key-" * 10


def test_a_shop_is_opened_with_a_key_of_its_own(wiring):
    with wiring.db.of_nobody() as session:
        one = open_shop(session, NewShop(**GOOD, origins=("https://Tea.example/", "http://127.0.0.1:8001")))
        two = open_shop(session, NewShop(**{**GOOD, "slug": "tea2"}))

        assert one.public_key != two.public_key
        assert (one.currency, one.origins) == ("GBP", ["https://tea.example", "http://127.0.0.1:8001"])


@pytest.mark.parametrize(
    "wrong",
    [
        {"slug": "Tea Shop"}, {"slug": ""}, {"slug": "-tea"}, {"slug": "sign-in"}, {"name": " "}, {"name": "x" * 101},
        {"platform": "magento"}, {"currency": "pounds"}, {"time_zone": "Mars/Olympus"}, {"time_zone": "../etc/passwd"},
    ],
)  # fmt: skip
def test_a_wrong_word_is_refused_in_a_sentence(wiring, wrong):
    with wiring.db.of_nobody() as session, pytest.raises(BadRequest) as caught:
        open_shop(session, NewShop(**{**GOOD, **wrong}))
    assert str(caught.value).endswith(".")


def test_a_name_is_given_once(wiring):
    with wiring.db.of_nobody() as session:
        open_shop(session, NewShop(**GOOD))
    with wiring.db.of_nobody() as session, pytest.raises(BadRequest, match="already"):
        open_shop(session, NewShop(**GOOD))


@pytest.mark.parametrize(
    "origin",
    ["*", "https://*.example", "https://shop.example/path", "ftp://shop.example", "shop.example", "https://a@b.example",
     "https://shop.example:99999", "javascript:alert(1)", "https://", "null"],
)  # fmt: skip
def test_only_exact_origins_are_taken(origin):
    with pytest.raises(BadRequest):
        check_origins((origin,))


def test_default_ports_are_written_as_browsers_do():
    assert check_origins(("https://shop.example:443", "http://[::1]:8001")) == [
        "https://shop.example",
        "http://[::1]:8001",
    ]


def test_a_known_time_zone_passes():
    assert check_time_zone("Europe/Berlin") == "Europe/Berlin"


def test_secrets_are_encrypted_and_two_hold_during_rotation(wiring, harbour):
    with wiring.db.of_shop(harbour) as session:
        add_secret(session, harbour, WEBHOOK, b"first", secret_key=KEY)
        add_secret(session, harbour, WEBHOOK, b"second", secret_key=KEY)

        assert current_secrets(session, harbour, WEBHOOK, secret_key=KEY) == [b"second", b"first"]
        assert not any(b"first" in row.ciphertext or b"second" in row.ciphertext for row in session.query(ShopSecret))
        session.execute(text("UPDATE shop_secrets SET retires_at = 'epoch' WHERE retires_at IS NOT NULL"))
        assert current_secrets(session, harbour, WEBHOOK, secret_key=KEY) == [b"second"]


def test_another_key_opens_nothing_and_says_which_setting_to_mend(wiring, harbour):
    with wiring.db.of_shop(harbour) as session:
        add_secret(session, harbour, WEBHOOK, b"first", secret_key=KEY)

        with pytest.raises(SettingsError, match="SECRET_KEY"):
            current_secrets(session, harbour, WEBHOOK, secret_key="other" * 10)


def test_a_secret_moved_to_another_shop_does_not_open(wiring, harbour, linden):
    with wiring.db.of_shop(harbour) as session:
        add_secret(session, harbour, WEBHOOK, b"first", secret_key=KEY)
        kept = session.query(ShopSecret).one()
    with wiring.db.of_shop(linden) as session:
        session.add(ShopSecret(shop_id=linden, kind=WEBHOOK, key_id=kept.key_id, ciphertext=kept.ciphertext))
        session.flush()

        with pytest.raises(SettingsError):
            current_secrets(session, linden, WEBHOOK, secret_key=KEY)


def test_the_directory_finds_shops_and_shows_no_secret(wiring, harbour):
    with wiring.db.of_shop(harbour) as session:
        add_secret(session, harbour, WEBHOOK, b"first", secret_key=wiring.settings.secret_key)

    card = wiring.shops.by_slug("harbour-tea")

    assert card.webhook_secrets == (b"first",)
    assert "first" not in repr(card)
    assert wiring.shops.by_public_key("harbour-tea").id == harbour
    assert wiring.shops.by_slug("nobody") is wiring.shops.by_slug("a\x00b") is None
