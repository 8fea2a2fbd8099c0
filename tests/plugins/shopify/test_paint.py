"""The first paint: products by their handles, our words as plain text, and nothing at all without products."""

import pytest
from liquid import Environment

from plugins.shopify.paint import NOTHING, PaintedCard, handle_of, paint, plain


def test_a_card_is_looked_up_by_the_name_its_address_ends_in():
    painted = paint("Goes well with this", [PaintedCard("green-tea", "Often bought with Cup")])

    assert painted.startswith("{% layout none %}")
    assert "all_products['green-tea']" in painted
    assert "Often bought with Cup" in painted


@pytest.mark.parametrize(
    ("url", "handle"),
    [
        ("https://harbour-tea.myshopify.com/products/green-tea", "green-tea"),
        ("https://shop.example/de/products/gr%C3%BCn/", "grün"),
        ("https://shop.example/products/a'b", ""),
        ("https://shop.example/products/", ""),
        ("https://shop.example/pages/about", ""),
        ("", ""),
    ],
)
def test_a_handle_is_what_liquid_can_look_up(url, handle):
    assert handle_of(url) == handle


def test_without_cards_there_is_nothing_to_be_seen():
    assert paint("Picked for you", []) == NOTHING
    assert paint("Picked for you", [PaintedCard("a' %}", "x")]) == NOTHING


@pytest.mark.parametrize("words", ["{{ shop.email }}", "{% include 'x' %}", "<script>x</script>", 'a & b\'s "c"', "5%"])
def test_our_words_are_words_to_liquid_and_to_html(words):
    said = plain(words)

    assert Environment().from_string(said).render() == said
    assert "<" not in said
    assert "{" not in said
