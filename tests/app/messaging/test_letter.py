"""Letters: what merchants write stays within its bounds, what shoppers read is whole, escaped and in their language."""

import re
import sys
import tracemalloc
from contextlib import contextmanager, suppress
from dataclasses import replace
from html.parser import HTMLParser

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.errors import BadRequest
from app.messaging.letter import DEFAULT_TEXTS, EXAMPLE, BadLetter, Texts, Thing, check_texts, write_letter
from app.messaging.words import letter_words, more_words
from app.translations import LANGUAGES

CONTENT = replace(
    EXAMPLE,
    shop_name="Harbour Tea",
    shop_url="https://harbour-tea.example",
    items=(
        Thing("Green tea", "https://harbour-tea.example/green", "https://harbour-tea.example/green.jpg", "£4.50", 2),
        Thing("Mug", "https://harbour-tea.example/mug", "", "£8.00"),
    ),
    total="£17.00",
    recommendations=tuple(
        Thing(f"Pot {n}", f"https://harbour-tea.example/pot{n}", "", "£20.00", reason=f"Reason {n}") for n in (1, 2, 3)
    ),
)


class Reader(HTMLParser):
    """Reads a letter as a mail program does: its tags, what they point to, and the text that is seen."""

    def __init__(self, html):
        super().__init__()
        self.tags, self.addresses, self.seen = [], [], []
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.addresses += [value for name, value in attrs if name in ("href", "src", "background", "action")]

    def handle_data(self, data):
        self.seen.append(data)

    @property
    def text(self):
        return " ".join(" ".join(self.seen).split())


def texts(text="Hello", subject="Your basket", preheader=""):
    return Texts(subject=subject, preheader=preheader, text=text)


def write(text="Hello", subject="Your basket", preheader="", **more):
    return write_letter(texts(text, subject, preheader), replace(CONTENT, **more))


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_stands_there_before_a_merchant_writes_is_a_good_letter(language):
    check_texts(DEFAULT_TEXTS[language])
    letter = write_letter(DEFAULT_TEXTS[language], replace(CONTENT, language=language))
    reader = Reader(letter.html)

    assert "2 × £4.50" in reader.text
    assert "- Green tea, 2 × £4.50\n- Mug, £8.00\n" in letter.text
    for told in (reader.text, letter.text):
        for words in (
            "Green tea",
            "Mug",
            "£17.00",
            "Pot 1",
            "Pot 3",
            "Reason 2",
            "Harbour Tea",
            "1 Quay Street, Harbour",
        ):
            assert words in told
    for address in (CONTENT.recover_url, CONTENT.unsubscribe_url, CONTENT.data_url):
        assert reader.addresses.count(address) == 1
        assert address in letter.text
    assert f'lang="{language}"' in letter.html
    assert letter.preheader in letter.html
    assert "{{" not in letter.html + letter.text + letter.subject
    assert "{%" not in letter.html + letter.text


def test_german_is_german_all_over():
    letter = write_letter(DEFAULT_TEXTS["de"], replace(CONTENT, language="de"))

    assert not {"the", "you", "and", "your", "about", "of"} & set(re.findall(r"[a-z]+", letter.text.lower()))
    assert "Summe" in Reader(letter.html).text


def test_nothing_is_loaded_from_elsewhere_but_the_pictures_of_items():
    html = write().html

    assert not re.search(r"@import|url\(|<link|<script|<iframe|<object|srcset", html, re.IGNORECASE)
    pictures = re.findall(r'<img[^>]*src="([^"]*)"', html)
    assert pictures == ["https://harbour-tea.example/green.jpg"]
    assert all(address.startswith("https://") for address in Reader(html).addresses)


def test_it_reads_well_without_pictures_and_in_the_dark():
    html = write().html

    assert html.count("<img") == html.count('alt=""') == 1  # the name stands beside it
    assert '<meta name="color-scheme" content="light dark">' in html
    assert "prefers-color-scheme: dark" in html
    assert "<img" not in write(items=(Thing("Mug", "", "", "£8.00"),)).html


@pytest.mark.parametrize(
    "name", ["", "   ", "https://win.example now", "www.win.example", "a" * 60, "x@y.example", "\u202e"]
)
@pytest.mark.parametrize(
    ("source", "greeting"),
    [
        ("Hello {{ first_name }},", "Hello,"),
        ("Hello {{first_name}} !", "Hello!"),
        ("Dear {{ first_name | capitalize }}:", "Dear:"),
    ],
)
def test_who_has_no_name_is_greeted_without_one(name, source, greeting):
    assert write(source, first_name=name).text.startswith(f"{greeting}\n")


def test_a_name_is_only_a_name():
    letter = write("Hello {{ first_name }},", subject="{{ first_name }}, your basket", first_name='<b>Al</b> & "Q"')
    assert "<b>Al" not in letter.html

    letter = write("Hi {{ first_name }}", subject="Hi {{ first_name }}", first_name="O'Hara & Söhne")
    assert "O&#39;Hara &amp; Söhne" in letter.html
    assert letter.subject == "Hi O'Hara & Söhne"
    assert letter.text.startswith("Hi O'Hara & Söhne\n")


@pytest.mark.parametrize("field", ["title", "price", "reason"])
def test_markup_and_liquid_in_what_a_shop_sells_stay_text(field):
    hostile = '"><script>alert(1)</script>{{ shop_name }}{% include "x" %}'
    thing = replace(CONTENT.items[0], **{field: hostile})
    letter = write("{{ items[0].title }}", items=(thing,), recommendations=(thing,))

    assert "<script" not in letter.html
    assert "&lt;script&gt;" in letter.html or field == "reason"
    assert "{{ shop_name }}" in letter.text or field == "reason"


@pytest.mark.parametrize(
    "url", ["javascript:alert(1)", "data:text/html,x", 'https://x.example/"onload=x', "//x.example", " "]
)
def test_only_addresses_of_the_web_become_links(url):
    letter = write(items=(Thing("Mug", url, url, "£8.00"),), recommendations=())

    assert "javascript" not in letter.html
    assert "onload" not in letter.html
    assert "<img" not in letter.html


@pytest.mark.parametrize("end", ["\r\n", "\n", "\r", "\u2028", "\x85", "\x00", "\x0b"])
def test_a_subject_is_one_line_whatever_is_put_into_it(end):
    letter = write(
        subject=f"Hi {{{{ first_name }}}}{end}Bcc: eve@example.com", first_name=f"Al{end}ice", preheader=f"a{end}b"
    )

    assert letter.subject == "Hi Al ice Bcc: eve@example.com"
    assert letter.preheader == "a b"


def test_paragraphs_and_lines_stay_as_they_were_written():
    letter = write("One\r\ntwo\r\n\r\n\r\n\r\nThree <i>four</i>\n", items=(), recommendations=(), total="")

    assert letter.text.startswith("One\ntwo\n\nThree <i>four</i>\n\nBack to my basket:\n")
    assert ">One<br>two</p><p" in letter.html
    assert "&lt;i&gt;four" in letter.html


def test_a_long_cart_is_cut_and_says_so():
    letter = write(items=tuple(Thing(f"Thing {n}", "", "", "£1.00") for n in range(25)))

    assert "Thing 19" in letter.text
    assert "Thing 20" not in letter.text
    assert "and 5 more things" in letter.text
    assert "and 5 more things" in letter.html


def test_the_longest_letter_is_not_cut_off_by_mail_programs():
    url = "https://shop.example/" + "p" * 378
    thing = Thing("Ünd & so weiter " * 20, url, url, "1.234.567,89 €", 99, "Wird & gern < gekauft " * 4)
    letter = write("ü & ä " * 800, items=(thing,) * 40, recommendations=(thing,) * 5)

    assert len(letter.html.encode()) < 102_000


HOSTILE = {
    "nested loops": "{% for a in items %}" * 9 + "x" + "{% endfor %}" * 9,
    "loops in a row": "{% for a in items %}{% for b in items %}{{ a.title }}{% endfor %}{% endfor %}" * 60,
    "a huge range": "{% for i in (1..99999999) %}x{% endfor %}",
    "a huge range, turned round": "{% for i in (1..99999999) reversed %}x{% endfor %}",
    "a huge range, skipped": "{% for i in (1..99999999999) offset:99999999990 %}x{% endfor %}",
    "a range in a filter": "{{ (1..99999999) | join: 'x' }}",
    "capture bomb": "{% assign a = 'xxxxxxxxxx' %}" + "{% capture a %}{{ a }}{{ a }}{% endcapture %}" * 40 + "{{ a }}",
    "append bomb": "{% assign a = 'xxxxxxxxxx' %}" + "{% assign a = a | append: a %}" * 60 + "{{ a }}",
    "replace bomb": "{% assign a = 'xxxxxxxxxx' %}" + "{% assign a = a | replace: 'x', a %}" * 12 + "{{ a }}",
    "replace nothing bomb": "{% assign a = 'xxxxxxxxxx' %}" + "{% assign a = a | replace: '', a %}" * 12 + "{{ a }}",
    "join bomb": "{% assign a = 'xxxxxxxxxx' %}"
    + "{% assign b = a | split: '' %}{% assign a = b | join: a %}" * 12
    + "{{ a }}",
    "split loop": "{% assign a = '"
    + "x " * 2000
    + "' | split: ' ' %}{% for b in a %}{% for c in a %}x{% endfor %}{% endfor %}",
    "many pieces": "{% if true %}{% endif %}" * 400,
    "pieces in a loop": "{% assign a = '"
    + "x " * 190
    + "' | split: ' ' %}{% for b in a %}"
    + "{{ b }}" * 290
    + "{% endfor %}",
    "deep ifs": "{% if true %}" * 200 + "{% endif %}" * 200,
    "deep brackets": "{{ items" + "[items" * 800 + "]" * 800 + " }}",
    "long and": "{% if true" + " and true" * 1000 + " %}x{% endif %}",
    "include": "{% include 'secrets' %}",
    "render": "{% render 'secrets' %}",
    "extends": "{% extends 'secrets' %}",
    "tablerow": "{% tablerow i in (1..99999999) cols:1 %}x{% endtablerow %}",
    "liquid tag": "{% liquid\nfor i in items\necho i\nendfor %}",
    "huge number": "{{ " + "9" * 9000 + " }}",
    "huge truncate": "{{ 'x' | truncate: " + "9" * 5000 + " }}",
    "arithmetic": "{{ 10 | times: 10 }}",
    "safe filter": "{{ '<b>' | safe }}",
    "date filter": "{{ 'now' | date: '%99999999d' }}",
    "unclosed": "{% if true %}",
    "unclosed output": "{{ first_name",
    "not a thing": "{{ | }}",
    "python": "{{ first_name.__class__.__mro__ }}",
    "format": "{{ items.0.title.format }}",
    "break outside": "{% break %}",
    "null": "{{ null.x }}",
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_liquid_is_refused_in_a_sentence(name):
    with pytest.raises(BadLetter) as refused:
        check_texts(texts(HOSTILE[name]))

    assert str(refused.value).startswith("Text")
    assert len(str(refused.value)) < 500


@contextmanager
def counted():
    """Count calls and the largest memory of what is done inside: costs that are the same on any machine."""
    costs = {"calls": 0}

    def count(_frame, event, _argument):
        costs["calls"] += event in ("call", "c_call")

    tracemalloc.start()
    sys.setprofile(count)
    try:
        yield costs
    finally:
        sys.setprofile(None)
        costs["bytes"] = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_liquid_costs_little(name):
    write()  # loads whatever is loaded once
    with counted() as costs, suppress(BadLetter):
        assert len(write(HOSTILE[name]).text) < 20_000

    assert costs["calls"] < 250_000  # about 50 ms
    assert costs["bytes"] < 4_000_000


FRAGMENTS = [
    *(
        "{{",
        "}}",
        "{%",
        "%}",
        "{%-",
        "-%}",
        "{{ first_name }}",
        "{{ items }}",
        "{{ items[0] }}",
        "{{ items.first.title }}",
    ),
    *(
        "{% if ",
        "{% endif %}",
        "{% for a in items %}",
        "{% endfor %}",
        "{% else %}",
        "{% case ",
        "{% when ",
        "{% assign ",
    ),
    *("{% capture a %}", "{% endcapture %}", "{% break %}", "{% continue %}", "{% comment %}", "{% raw %}", "{% # %}"),
    *(
        "a",
        "items",
        "=",
        "==",
        "contains",
        "|",
        ":",
        ",",
        "(1..9)",
        "[",
        "]",
        ".",
        "'",
        '"',
        "0",
        "-1",
        "1e9",
        "nil",
        "true",
    ),
    *(
        " split: ''",
        " join",
        " size",
        " slice: 0",
        " default: a",
        " truncate: 1",
        " replace: a",
        "\n",
        "\0",
        "ß",
        "😀",
        "</p>",
    ),
    *(
        "forloop.index",
        "forloop.parentloop.index",
        "empty",
        "blank",
        "reversed",
        " limit: a",
        " offset: continue",
        "cycle",
    ),
]


@given(st.lists(st.sampled_from(FRAGMENTS), max_size=30))
@settings(max_examples=300, deadline=None)
def test_whatever_a_merchant_writes_is_a_letter_or_a_sentence(pieces):
    with suppress(BadLetter):
        written = write("".join(pieces), subject="".join(pieces)[:300])
        assert "\n" not in written.subject
        assert "</p>" not in written.subject or "&lt;/p&gt;" in written.html


@pytest.mark.parametrize(
    ("source", "sentence"),
    [
        (
            "Hello {{ fristname }}",
            "Text: there is nothing called fristname. There are: first_name, items, recommendations, recover_url,",
        ),
        ("a\nb {{ fristname }}", "Text, line 2: there is nothing called fristname."),
        ("{% if false %}{{ fristname }}{% endif %}", "there is nothing called fristname"),
        ("{{ items[0].colour }}", "there is nothing called items.colour"),
        ("{% for one in items %}{{ one.colour }}{% endfor %}", "there is nothing called one.colour"),
        ("a\n\n{% include 'x' %}", "Text, line 3: "),
        ("{% include 'x' %}", "There are: if, unless, case, for,"),
        ("{{ first_name | shout }}", "unknown filter 'shout'. There are: append,"),
        ("{{ first_name", "is not complete"),
        ("", "write something"),
        ("x" * 10_001, "at most 10000 characters"),
    ],
)
def test_a_mistake_is_explained(source, sentence):
    with pytest.raises(BadRequest) as refused:
        check_texts(texts(source))

    assert sentence in str(refused.value)


def test_mistakes_name_their_field():
    for field in ("subject", "preheader"):
        with pytest.raises(BadLetter, match=r"^(Subject|Preview line): there is nothing called nothing"):
            check_texts(texts(**{field: "{{ nothing }}"}))


def test_a_text_that_needs_a_recommendation_is_refused_before_somebody_without_one_comes():
    with pytest.raises(BadLetter):
        check_texts(texts("{{ recommendations[0].title }}"))
    check_texts(texts("{% if recommendations.size > 0 %}{{ recommendations[0].title }}{% endif %}"))


def test_what_liquid_is_for_works():
    source = (
        "{% for item in items %}{{ forloop.index }}. {{ item.title | upcase }} x{{ item.quantity }}"
        "{% unless forloop.last %}, {% endunless %}{% endfor %} "
        "{% case items.size %}{% when 2 %}two{% else %}other{% endcase %}"
        "{% assign who = first_name | default: 'you' %} {{ who }}{% comment %} nothing {% endcomment %}"
    )
    check_texts(texts(source))

    assert write(source).text.startswith("1. GREEN TEA x2, 2. MUG x1 two Alice\n")


def test_our_own_words_are_all_said_in_german():
    english, german = (letter_words(language, "Tee & 100%") for language in LANGUAGES)
    assert all(german[name] != said for name, said in english.items())
    assert more_words("de", 1) == "und 1 weiteres Stück"
    assert more_words("de", 7) == "und 7 weitere"
