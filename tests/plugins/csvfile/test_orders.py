"""The orders file, good and bad."""

import gzip
import io
import lzma
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plugins.csvfile import PLAIN_ORDERS, Circumstances, batches, last_ordered_at, read_file, unpack
from plugins.errors import Malformed
from plugins.events import ItemState, OrderState
from plugins.platform import ShopFacts

SHOP = ShopFacts(currency="GBP", time_zone="Europe/London")
NOW = datetime(2026, 11, 24, tzinfo=UTC)
HEADER = "order_id,ordered_at,customer_id,item_id,item_title,quantity,unit_price\n"


def read_orders(stream, skip_rows=0):
    at = Circumstances(shop=SHOP, asked_at=NOW, now=NOW)
    return read_file(stream, PLAIN_ORDERS, at, skip_rows=skip_rows)


def read(text, skip_rows=0, header=HEADER):
    raw = text if isinstance(text, bytes) else (header + text).encode()
    return list(read_orders(io.BytesIO(raw), skip_rows))


def faults(text, **how):
    return [row.reason for batch in read(text, **how) for row in batch.set_aside]


def test_rows_of_one_order_become_one_order():
    (batch,) = read(
        "1,2026-07-01 10:00,7,A,Cup,2,1.25\n1,2026-07-01 10:00,7,B,Jug,1,8\n2,2026-07-02 09:00,,A,Cup,1,1.30\n"
    )

    first, guest = batch.orders
    assert (first.total_minor, [line.item_external_id for line in first.lines]) == (1050, ["A", "B"])
    assert first.placed_at == datetime(2026, 7, 1, 9, tzinfo=UTC)  # London's summer time
    assert guest.customer_external_id is None
    assert {item.external_id: item.price_minor for item in batch.items} == {"A": 130, "B": 800}
    assert batch.rows_read == 3


def test_returns_and_cancellations_are_kept():
    header = "order_id,ordered_at,item_id,quantity,unit_price,order_state,item_state\n"
    (batch,) = read("C1,2026-07-01 10:00,A,-2,1.25,cancelled,\nC2,2026-07-01 10:00,POST,1,5,,hidden\n", header=header)

    assert (batch.orders[0].state, batch.orders[0].lines[0].quantity) == (OrderState.CANCELLED, -2)
    assert [item.state for item in batch.items] == [ItemState.HIDDEN]


@pytest.mark.parametrize(
    ("row", "words"),
    [
        ("1,yesterday,7,A,Cup,2,1.25", "not a time"),
        ("1,1890-01-01,7,A,Cup,2,1.25", "before 1990"),
        ("1,2030-01-01,7,A,Cup,2,1.25", "in the future"),
        ("1,2026-07-01,7,A,Cup,two,1.25", "not a whole number"),
        ("1,2026-07-01,7,A,Cup,99999999999999999999,1.25", "out of all bounds"),
        ('1,2026-07-01,7,A,Cup,2,"1,25"', "with a point"),
        ("1,2026-07-01,7,A,Cup,2,NaN", "out of all bounds"),
        ("1,2026-07-01,7,A,Cup,2,1e999999", "out of all bounds"),
        ("1,2026-07-01,7,A,Cup,2,9e9999999999", "out of all bounds"),
        (",2026-07-01,7,A,Cup,2,1", "order_id is empty"),
        ("1,2026-07-01,7,A,Cup,2", "6 cells"),
        ("1,2026-07-01,7,A,Cup,2,1,9", "8 cells"),
        ("", "0 cells"),
        ("1,2026-07-01,7,A," + "x" * 1_100_000 + ",2,1", "too long"),
        ('1,2026-07-01,7,A,"Cup' + "\n" * 200_000, "never closed"),
    ],
)
def test_a_row_that_cannot_be_read_is_set_aside_with_its_reason(row, words):
    batches = read(f"0,2026-07-01,7,A,Cup,2,1\n{row}\n")

    reasons = [one.reason for batch in batches for one in batch.set_aside]
    assert words in reasons[0]
    assert sum(len(batch.orders) for batch in batches) == 1
    assert all(len(one.raw) <= 500 for batch in batches for one in batch.set_aside)


def test_bytes_that_are_not_utf8_are_set_aside():
    (reason,) = faults(HEADER.encode() + b"1,2026-07-01,7,A,Caf\xe9,2,1\n2,2026-07-01,7,A,Caf\xc3\xa9,2,1\n")

    assert "not UTF-8" in reason


def test_an_order_that_appears_again_is_set_aside():
    (reason,) = faults("1,2026-07-01,7,A,Cup,2,1\n2,2026-07-01,7,A,Cup,2,1\n1,2026-07-01,7,B,Jug,2,1\n")

    assert "Sort the file" in reason


def test_a_byte_order_mark_quotes_and_line_breaks_in_cells_are_fine():
    text = "\ufeff" + HEADER + '1,2026-07-01,7,A,"Cup, ""blue""\nand white",2,1\n'
    (batch,) = read(text.encode())

    assert batch.items[0].title == 'Cup, "blue" and white'


def test_a_formula_or_markup_in_a_title_is_only_text():
    (batch,) = read("1,2026-07-01,7,A,=1+1,2,1\n2,2026-07-01,7,B,<script>alert(1)</script>Cup,2,1\n")

    assert [item.title for item in batch.items] == ["=1+1", "alert(1) Cup"]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (b"", "empty"),
        (b"order_id;ordered_at;item_id;quantity;unit_price\n1;2;3;4;5\n", "semicolons"),
        (b"order_id\tordered_at\titem_id\tquantity\tunit_price\n", "tabs"),
        (b"order_id,item_id,quantity\n", "ordered_at, unit_price"),
        (b"order_id,order_id,ordered_at,item_id,quantity,unit_price\n", "twice"),
        (b"order_id," + b"x" * 200_000 + b"\n", "first line cannot be read"),
    ],
)
def test_a_file_of_another_kind_is_refused_in_one_sentence(text, words):
    with pytest.raises(Malformed, match=words):
        read(text)


@pytest.mark.parametrize(("name", "pack"), [("o.csv", bytes), ("o.csv.gz", gzip.compress), ("o.csv.xz", lzma.compress)])
def test_compressed_files_are_read_as_they_are(tmp_path, name, pack):
    path = tmp_path / name
    path.write_bytes(pack((HEADER + "1,2026-07-01,7,A,Cup,2,1\n").encode()))

    with path.open("rb") as raw, unpack(raw, name) as stream:
        assert [len(batch.orders) for batch in read_orders(stream)] == [1]


@pytest.mark.parametrize("pack", [gzip.compress, lzma.compress])
def test_a_damaged_compressed_file_says_so(tmp_path, pack):
    whole = pack((HEADER + "".join(f"{n},2026-07-01,7,A{n * 7919},Cup,2,1\n" for n in range(5000))).encode())
    path = tmp_path / ("o.csv.gz" if pack is gzip.compress else "o.csv.xz")
    path.write_bytes(whole[: len(whole) // 2])

    with path.open("rb") as raw, unpack(raw, path.name) as stream, pytest.raises(Malformed, match="damaged"):
        list(read_orders(stream))


@pytest.mark.parametrize("name", ["o.csv.gz", "o.csv.xz"])
@pytest.mark.parametrize("content", [b"", HEADER.encode(), b"\x1f\x8b\x08\x00", b"\xfd7zXZ\x00\x00"])
def test_a_file_that_is_not_packed_as_its_name_says_is_refused_in_one_sentence(name, content):
    for read_it in (
        lambda stream: list(read_orders(stream)),
        lambda s: last_ordered_at(s, SHOP, now=NOW),
    ):
        with pytest.raises(Malformed, match=r"damaged|empty"):
            read_it(unpack(io.BytesIO(content), name))


def test_a_flipped_byte_in_a_packed_file_says_that_it_is_damaged():
    whole = bytearray(gzip.compress((HEADER + "1,2026-07-01,7,A,Cup,2,1\n" * 999).encode(), mtime=0))
    whole[40:60] = b"\xff" * 20

    with pytest.raises(Malformed, match="damaged"):
        list(read_orders(unpack(io.BytesIO(bytes(whole)), "o.csv.gz")))


def test_a_file_of_nothing_but_nonsense_is_given_up_before_it_fills_the_disk(monkeypatch):
    monkeypatch.setattr(batches, "MOST_SET_ASIDE", 3)
    good = "1,2026-07-01,7,A,Cup,2,1\n"

    assert sum(len(batch.set_aside) for batch in read(good + "x\n" * 3)) == 3
    with pytest.raises(Malformed, match="More than 3 rows"):
        read(good + "x\n" * 4)
    with pytest.raises(Malformed, match="More than 3 rows"):
        read(good + "x\n" * 4, skip_rows=4)


@given(cut=st.integers(0, 30), size=st.integers(1, 5))
def test_going_on_after_any_batch_tells_the_same_in_the_end(cut, size):
    text = "".join(f"{n // 3},2026-07-01 10:{n:02},{n % 4},I{n % 5},Cup {n},{n % 3 - 1},{n}.5\n" for n in range(30))
    before = batches.BATCH_ROWS
    batches.BATCH_ROWS = size
    try:
        whole = read(text)
        start = max((batch.rows_read for batch in whole if batch.rows_read <= cut), default=0)
        resumed = [batch for batch in whole if batch.rows_read <= start] + read(text, skip_rows=start)
    finally:
        batches.BATCH_ROWS = before

    def told(batches):
        return (
            [order for batch in batches for order in batch.orders],
            {item.external_id: item for batch in batches for item in batch.items},
            {one.external_id: one for batch in batches for one in batch.customers},
            [row for batch in batches for row in batch.set_aside],
        )

    assert told(whole) == told(resumed)


def test_the_last_time_in_the_file_is_found_whatever_else_is_in_it():
    text = "1,2026-07-01 10:00,7,A,Cup,2,1\n2,2026-07-03 09:00,,A,Cup,1,1\n3,never,,A,Cup,1,1\n4\n"

    assert last_ordered_at(io.BytesIO((HEADER + text).encode()), SHOP, now=NOW) == datetime(2026, 7, 3, 8, tzinfo=UTC)
    assert last_ordered_at(io.BytesIO(HEADER.encode()), SHOP, now=NOW) is None
