"""Reading the exports that lie beside the tests: real columns, invented people."""

import io
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path

from plugins.csvfile import Circumstances, read_file, recognize
from plugins.platform import ShopFacts

EXPORTS = Path(__file__).parent / "exports"
ASKED_AT = datetime(2026, 11, 24, 12, tzinfo=UTC)
AT = Circumstances(
    shop=ShopFacts(currency="GBP", time_zone="Europe/London"),
    asked_at=ASKED_AT,
    now=datetime(2026, 11, 25, tzinfo=UTC),
    storefront="https://shop.example",
)


def export(name: str) -> bytes:
    return (EXPORTS / name).read_bytes()


def read(content: bytes, name: str = "x.csv", *, kind: str = "", at: Circumstances = AT, skip_rows: int = 0):
    found = kind or recognize(io.BytesIO(content), name)
    return list(read_file(io.BytesIO(content), found, at, skip_rows=skip_rows))


def facts(name: str, **how):
    return [fact for batch in read(export(name), name, **how) for fact in batch.events]


def of(kind: type, events):
    return [fact for fact in events if isinstance(fact, kind)]


def faults(batches):
    return [(row.row_number, row.reason) for batch in batches for row in batch.set_aside]


def counts(batches) -> Counter[str]:
    return sum((batch.counts for batch in batches), Counter())
