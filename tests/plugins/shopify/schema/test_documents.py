"""Every document we send is one that Shopify's own schema knows."""

from pathlib import Path

import graphql as g
import pytest

from plugins.shopify import documents
from plugins.shopify.documents import document, names
from plugins.shopify.fetch import KINDS
from plugins.shopify.version import API_VERSION
from tests.plugins.shopify.schema.prune import PRUNED


@pytest.fixture(scope="module")
def schema() -> g.GraphQLSchema:
    return g.build_schema(PRUNED.read_text())


@pytest.mark.parametrize("name", names())
def test_a_document_holds_against_the_schema_of_the_version_we_speak(name, schema):
    assert g.validate(schema, g.parse(document(name))) == []


def test_the_pruned_schema_is_of_the_version_we_speak():
    assert API_VERSION in PRUNED.name
    assert PRUNED.read_text().startswith(f"# Of Shopify's Admin API {API_VERSION}:")


def test_a_field_that_shopify_does_not_have_does_not_pass(schema):
    told = g.parse(document("shop").replace("ianaTimezone", "favouriteColour"))

    assert [one.message for one in g.validate(schema, told)] != []


def test_no_document_lies_here_unsent():
    said = "".join(path.read_text() for path in Path(documents.__file__).parent.glob("*.py"))
    built = {f"{kind.value}{ending}" for kind in KINDS for ending in ("", "_ids")}

    assert [name for name in names() if f'"{name}"' not in said and name not in built] == []


def test_one_document_asks_one_thing_under_its_own_name():
    for name in names():
        (told,) = g.parse(document(name)).definitions
        assert isinstance(told, g.OperationDefinitionNode)
        assert told.name is not None
        assert told.name.value == "".join(part.capitalize() for part in name.split("_"))
