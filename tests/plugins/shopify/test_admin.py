from datetime import timedelta

import pytest

from plugins.errors import Refused, Throttled, Unreachable, WrongAddress
from plugins.shopify.admin import LONGEST_WAIT, all_nodes, ask, tell
from tests.plugins.shopify.fake.nodes import product


def test_a_shop_says_who_it_is(fake):
    shop = fake.add_shop()

    told = ask(fake.access(shop), "shop")

    assert told["shop"]["myshopifyDomain"] == shop.domain


def test_being_throttled_inside_an_answer_of_200_says_how_long_to_wait(fake):
    shop = fake.add_shop()
    shop.bucket.available = 1
    access = fake.access(shop)

    with pytest.raises(Throttled) as caught:
        ask(access, "items_ids")

    assert 2.0 < caught.value.wait_seconds < 3.0  # 250 points at 100 a second, and one is there
    fake.pass_time(timedelta(seconds=caught.value.wait_seconds))
    assert "products" in ask(access, "items_ids")


def test_an_api_that_throttles_for_ten_minutes_is_waited_for_and_never_longer(fake):
    shop = fake.add_shop()
    shop.bucket.shut_until = fake.now() + timedelta(hours=2)

    with pytest.raises(Throttled) as caught:
        ask(fake.access(shop), "shop")

    assert caught.value.wait_seconds == LONGEST_WAIT
    assert caught.value.is_transient


def test_a_missing_permission_is_named_with_what_is_missed_without_it(fake):
    shop = fake.add_shop()
    shop.scopes.remove("read_products")

    with pytest.raises(Refused, match=r"read_products is missing.*nothing to recommend"):
        ask(fake.access(shop), "items_ids")


def test_an_ended_token_is_a_refusal(fake):
    access = fake.access(fake.add_shop())
    fake.pass_time(timedelta(hours=2))

    with pytest.raises(Refused, match="no longer accepts"):
        ask(access, "shop")


def test_a_token_of_one_shop_does_not_open_another(fake):
    linden = fake.add_shop("linden.myshopify.com")
    access = fake.access(fake.add_shop())
    eve = type(access)(
        address=linden.domain, credentials=access.credentials, app=access.app, client=access.client, now=access.now
    )

    with pytest.raises(Refused):
        ask(eve, "shop")
    assert linden.asked == []


@pytest.mark.parametrize(("status", "error"), [(402, Refused), (423, Refused), (500, Unreachable), (404, WrongAddress)])
def test_each_status_has_its_own_sentence(fake, status, error):
    shop = fake.add_shop()
    shop.status = status

    with pytest.raises(error) as caught:
        ask(fake.access(shop), "shop")
    assert str(caught.value).endswith(".")


def test_what_shopify_will_not_do_is_said_by_code_and_never_by_its_own_words(fake):
    access = fake.access(fake.add_shop())

    with pytest.raises(Exception, match=r"INVALID at id") as caught:
        tell(access, "tags_add", {"id": "gid://shopify/Customer/404", "tags": ["vip"]})
    assert "Not so" not in str(caught.value)


def test_all_of_a_list_comes_in_pages(fake):
    shop = fake.add_shop()
    shop.rows["products"] = [product(number) for number in range(1, 601)]

    pages = list(all_nodes(fake.access(shop), "items_ids"))

    assert [len(page) for page in pages] == [250, 250, 100]


def test_a_document_that_is_not_ours_fails_loudly(fake):
    access = fake.access(fake.add_shop())
    access.client.ask(
        "POST",
        f"https://{access.address}/admin/api/2026-10/graphql.json",
        headers={"X-Shopify-Access-Token": access.credentials.secrets["access_token"]},
        json={"query": "{ shop { email } }"},
    )

    assert "Not one of our documents" in fake.unexpected.pop()
