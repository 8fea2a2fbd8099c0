"""What is sent to Shopify, as files of GraphQL in `queries/`; nothing else is. A reading puts its window into one."""

from functools import cache
from importlib.resources import files

FOLDER = files("plugins.shopify") / "queries"


def names() -> tuple[str, ...]:
    """Return what all documents are called."""
    return tuple(sorted(one.name.removesuffix(".graphql") for one in FOLDER.iterdir() if one.name.endswith(".graphql")))


@cache
def document(name: str) -> str:
    """Return a document by its name."""
    return (FOLDER / f"{name}.graphql").read_text()
