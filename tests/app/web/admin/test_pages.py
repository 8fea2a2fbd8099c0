"""Every page, empty."""

import pytest

PAGES = (
    "/",
    "/recommendations",
    "/recommendations?placement=product",
    "/recommendations?placement=cart&item=x&customer=y",
    "/pins",
    "/pins?q=tea",
    "/trainings",
    "/imports",
    "/deliveries",
    "/deliveries?state=quarantined&sort=topic&page=9",
    "/settings",
    "/people",
    "/history",
)


@pytest.mark.parametrize("page", PAGES)
def test_a_page_of_an_empty_shop_helps(olive, page):
    answer = olive.get(page)

    assert answer.status_code == 200, answer.text
    assert '<main id="content"' in answer.text
    assert 'class="answer"' in answer.text
