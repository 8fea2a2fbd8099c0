from datetime import timedelta

import pytest

from plugins.errors import Refused, Rejected
from plugins.shopify.talks import ShopifyTalks
from plugins.talking import CampaignTold, DiscountMade, FieldSet, MailAnswer, TagsChanged
from tests.plugins.shopify.fake.nodes import DAY, customer

FIRST = "gid://shopify/Customer/1"
write_back = ShopifyTalks().write_back
CODE = DiscountMade(code="TEA-7Q2", percent=10, starts_at=DAY, ends_at=DAY + timedelta(days=7))


@pytest.fixture
def shop(fake):
    shop = fake.add_shop()
    shop.rows["customers"] = [customer(1)]
    return shop


def answer(*, is_given=False, email="shopper1@example.com", at=DAY + timedelta(hours=1)) -> MailAnswer:
    return MailAnswer(email=email, customer_external_id="1", is_given=is_given, answered_at=at)


def test_tags_are_put_on_and_taken_off_and_twice_is_once(fake, shop):
    access = fake.access(shop)

    for _ in range(2):
        write_back(TagsChanged(customer_external_id="1", add=("regulars: loyal", "vip")), access, key="t1")
    write_back(TagsChanged(customer_external_id="1", remove=("vip",)), access, key="t2")

    assert shop.tags[FIRST] == {"regulars: loyal"}


def test_a_value_is_kept_with_its_customer(fake, shop):
    write_back(FieldSet(customer_external_id="1", key="segment", value="loyal"), fake.access(shop), key="f1")

    assert shop.fields == {(FIRST, "segment"): "loyal"}


def test_a_customer_who_is_gone_is_said_by_code(fake, shop):
    with pytest.raises(Rejected, match="INVALID"):
        write_back(FieldSet(customer_external_id="404", key="segment", value="x"), fake.access(shop), key="f1")


def test_an_unsubscribe_is_told_with_its_time(fake, shop):
    write_back(answer(), fake.access(shop), key="a1")

    assert shop.consents == {FIRST: ("UNSUBSCRIBED", "2026-11-20T10:00:00Z")}


def test_what_they_told_shopify_later_stands(fake, shop):
    write_back(answer(at=DAY - timedelta(hours=1)), fake.access(shop), key="a1")

    assert shop.consents == {}


def test_a_yes_that_shopify_has_already_is_not_told_again(fake, shop):
    write_back(answer(is_given=True), fake.access(shop), key="a1")

    assert shop.consents == {}


def test_an_answer_goes_to_whoever_has_the_address_and_never_to_a_number_alone(fake, shop):
    write_back(answer(email="before@example.com"), fake.access(shop), key="a1")

    assert shop.consents == {}


def test_a_code_is_for_one_use_by_one_person(fake, shop):
    mine = DiscountMade(**{name: getattr(CODE, name) for name in ("code", "percent", "starts_at", "ends_at")})
    write_back(mine, fake.access(shop), key="d1")

    made = shop.discounts["TEA-7Q2"]
    assert (made["usageLimit"], made["customerGets"]["value"]["percentage"]) == (1, 0.1)
    assert made["context"] == {"all": "ALL"}


def test_a_code_for_a_customer_is_theirs_alone(fake, shop):
    theirs = DiscountMade(
        code="TEA-8", percent=15, starts_at=DAY, ends_at=DAY + timedelta(days=7), customer_external_id="1"
    )
    write_back(theirs, fake.access(shop), key="d2")

    assert shop.discounts["TEA-8"]["context"] == {"customers": {"add": [FIRST]}}


def test_the_same_code_told_twice_is_made_once_and_somebody_elses_is_refused(fake, shop):
    access = fake.access(shop)
    write_back(CODE, access, key="d1")
    write_back(CODE, access, key="d1")

    with pytest.raises(Rejected, match="another discount"):
        write_back(CODE, access, key="d2")
    assert len(shop.discounts) == 1


def test_a_campaign_and_its_day_show_at_shopify_and_a_day_told_again_is_not_added(fake, shop):
    told = CampaignTold(key="win-back", title="Win back", is_on=True, day=DAY, sent=20, clicked=3, unsubscribed=1)

    for _ in range(2):
        write_back(told, fake.access(shop), key="c1")

    assert shop.campaigns["win-back"]["status"] == "ACTIVE"
    assert list(shop.campaign_days) == [("win-back", "2026-11-20")]
    assert shop.campaign_days["win-back", "2026-11-20"]["sendsCount"] == 20


def test_without_the_permission_to_write_nothing_is_written_and_the_permission_is_named(fake, shop):
    shop.scopes.remove("write_customers")
    shop.scopes.add("read_customers")

    with pytest.raises(Refused, match="write_customers"):
        write_back(TagsChanged(customer_external_id="1", add=("vip",)), fake.access(shop), key="t1")
    assert not shop.tags.get(FIRST)


def test_no_trouble_repeats_whom_it_was_about(fake, shop):
    shop.rows["customers"].append(customer(2, defaultEmailAddress=None))
    with pytest.raises(Rejected) as caught:
        write_back(TagsChanged(customer_external_id="99", add=("secret words",)), fake.access(shop), key="t1")

    assert "secret words" not in str(caught.value)
    assert "99" not in str(caught.value)
