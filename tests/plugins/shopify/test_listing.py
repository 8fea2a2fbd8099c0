"""The dossier says what the code does: every permission justified, and none that is not asked for."""

import re
from pathlib import Path

import pytest

import plugins.shopify
from plugins.shopify.app_files import ASKED_APART
from plugins.shopify.scopes import ALL_ORDERS, SCOPES
from plugins.shopify.topics import COMPLIANCE_TOPICS
from plugins.shopify.version import API_VERSION

LISTING = Path(plugins.shopify.__file__).parent / "listing"
ROW = re.compile(r"^\| `(\w+)` \| (.{20,}?) \|", re.MULTILINE)


def read(name):
    return (LISTING / f"{name}.md").read_text()


def test_each_permission_is_justified_and_no_other():
    assert [scope for scope, _reason in ROW.findall(read("scopes"))] == list(SCOPES)
    assert f"`{ALL_ORDERS}` is optional" in read("scopes")
    assert {"customers/merge"} == ASKED_APART
    assert "`read_customer_merge`" in read("scopes")


def test_the_laws_topics_and_the_version_are_named_as_they_are():
    assert all(topic in read("review") for topic in COMPLIANCE_TOPICS)
    assert API_VERSION in read("review")


@pytest.mark.parametrize("page", sorted(path.stem for path in LISTING.glob("*.md")))
def test_links_lead_somewhere_and_nothing_is_promised_loudly(page):
    text = read(page)

    assert all((LISTING / link).exists() for link in re.findall(r"\]\((\w+\.md)\)", text))
    assert "!" not in text
