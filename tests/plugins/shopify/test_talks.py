from datetime import timedelta

import pytest

from plugins.errors import Refused
from plugins.shopify.billing import Plan, begin_plan, has_plan, plan_of
from plugins.shopify.scopes import SCOPES, missing_scopes
from plugins.shopify.talks import ShopifyTalks
from plugins.shopify.topics import TOPICS
from plugins.talking import Access

TALKS = ShopifyTalks()


@pytest.fixture
def shop(fake):
    return fake.add_shop()


def test_a_shop_says_its_name_its_money_and_its_hours(fake, shop):
    seen = TALKS.look_at(fake.access(shop))

    assert (seen.name, seen.facts.currency, seen.facts.time_zone) == ("Harbour Tea", "EUR", "Europe/Berlin")
    assert seen.storefronts == ("https://harbour-tea.myshopify.com",)
    assert seen.missing_scopes == ()


def test_the_window_of_60_days_is_explained_until_all_orders_may_be_read(fake, shop):
    (note,) = TALKS.look_at(fake.access(shop)).notes
    assert "60 days" in note

    shop.scopes.add("read_all_orders")
    assert TALKS.look_at(fake.access(shop)).notes == ()


def test_permissions_that_are_missing_are_listed_and_writing_includes_reading(fake, shop):
    shop.scopes = set(SCOPES) - {"read_customers", "write_discounts"}

    assert TALKS.look_at(fake.access(shop)).missing_scopes == ("write_discounts",)
    assert missing_scopes(()) == tuple(SCOPES)


def test_the_pixel_is_switched_on_once_and_led_anew_when_we_move(fake, shop):
    access = fake.access(shop)

    for _ in range(2):
        assert TALKS.subscribe(access, "", b"").trouble == ""
    shop.pixel = {"engine": "https://before.example"}
    done = TALKS.subscribe(access, "", b"")

    assert shop.pixel == {"engine": access.app.base_url}
    assert set(TOPICS) < set(done.topics)
    assert shop.asked == ["pixel_now", "pixel_make", "pixel_now", "pixel_now", "pixel_change"]


def test_without_the_permission_for_a_pixel_there_is_a_sentence_and_no_refusal(fake, shop):
    shop.scopes.remove("write_pixels")

    assert "permission is missing" in TALKS.subscribe(fake.access(shop), "", b"").trouble
    assert shop.asked == []


def test_leaving_takes_the_app_out_and_leaving_twice_is_as_good(fake, shop):
    access = fake.access(shop)

    TALKS.revoke(access)
    TALKS.revoke(access)

    assert not shop.is_installed
    with pytest.raises(Refused):
        TALKS.look_at(access)


def test_a_token_is_renewed_and_the_old_one_ends_with_the_first_use_of_the_new(fake, shop):
    access = fake.access(shop)
    fake.pass_time(timedelta(minutes=58))

    fresh = Access(
        address=access.address,
        credentials=TALKS.renew(access),
        app=access.app,
        client=access.client,
        now=access.now,
    )

    TALKS.look_at(access)  # half-rotated: nobody has used the new one
    TALKS.look_at(fresh)
    with pytest.raises(Refused):
        TALKS.look_at(access)


def test_a_merchant_installs_says_yes_and_we_hold_what_opens_the_shop(fake, shop):
    page = TALKS.begin_install(shop.domain, fake.app, "state-1")
    answer = fake.tokens.callback(shop.domain, "state-1", fake.now())

    credentials = TALKS.finish_install(answer, shop.domain, fake.app, fake.client())

    assert page.startswith(f"https://{shop.domain}/admin/oauth/authorize?")
    assert TALKS.state_of(answer) == "state-1"
    access = Access(address=shop.domain, credentials=credentials, app=fake.app, client=fake.client(), now=fake.now)
    assert TALKS.look_at(access).name == "Harbour Tea"


def test_billing_is_off_without_a_price():
    assert plan_of("") is None
    assert plan_of("19.00 USD") == Plan(amount="19.00", currency="USD")
    with pytest.raises(ValueError, match=r"19\.00 USD"):
        plan_of("free")


def test_a_merchant_who_agrees_at_shopify_has_a_plan_until_it_ends(fake, shop):
    access = fake.access(shop)

    page = begin_plan(access, Plan(amount="19.00", currency="USD"), "https://regulars.example/paid")
    assert page.startswith(f"https://{shop.domain}/admin/charges/")
    assert not has_plan(access)

    shop.plans[0]["status"] = "ACTIVE"
    assert has_plan(access)
    shop.plans[0]["status"] = "CANCELLED"
    assert not has_plan(access)
