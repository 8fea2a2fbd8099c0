"""A file is told by its columns; one that fits nothing is told what was expected and what was found."""

import io
import sys

import pytest

from plugins.csvfile import KINDS, batches, read_file, recognize
from plugins.errors import Malformed
from tests.plugins.csvfile.files import AT, EXPORTS, export, faults, read

NAMED = {
    "subscribed_members_export_1a2b.csv": "mailchimp_subscribed",
    "unsubscribed_members_export_1a2b.csv": "mailchimp_unsubscribed",
    "cleaned_members_export_1a2b.csv": "mailchimp_cleaned",
    "shopify_products_2025.csv": "shopify_products",
}
FILES = sorted(path.name for path in EXPORTS.glob("*.csv"))


@pytest.mark.parametrize("name", FILES)
def test_each_export_is_told_by_its_columns(name):
    assert recognize(io.BytesIO(export(name)), name) == NAMED.get(name, name.removesuffix(".csv"))


@pytest.mark.parametrize("name", FILES)
def test_no_cell_of_any_export_stops_the_reading(name):
    header, *rows = export(name).decode().splitlines(keepends=True)
    width = len(header.split(","))
    nasty = ["=1+1", "\u0000", "9" * 400, "-1e999999", "'", "<script>", "2026-13-45", "🫖" * 200, "NaN"]
    bad = "".join(",".join([cell] * width) + "\n" for cell in nasty)
    half = "".join(row[: len(row) // 2].replace('"', "") + "\n" for row in rows)

    told = read((header + bad + half + "".join(rows)).encode(), name)

    assert sum(batch.rows_accepted for batch in told) + len(faults(told)) == told[-1].rows_read
    assert {type(fact) for batch in told for fact in batch.events}


@pytest.mark.parametrize("name", FILES)
@pytest.mark.parametrize("delimiter", [(";", "semicolons"), ("\t", "tabs")])
def test_another_delimiter_is_named(name, delimiter):
    header = export(name).decode().splitlines()[0].replace(",", delimiter[0]).replace('"', "")

    with pytest.raises(Malformed, match=delimiter[1]):
        recognize(io.BytesIO(header.encode()), name)


def test_a_spreadsheets_utf16_is_named():
    with pytest.raises(Malformed, match="not UTF-8"):
        recognize(io.BytesIO(export("klaviyo_people.csv").decode().encode("utf-16")), "x.csv")


def test_a_header_that_nearly_fits_says_what_it_lacks_and_what_was_found():
    with pytest.raises(Malformed) as error:
        recognize(io.BytesIO(b"Name,Created at,Financial Status,Lineitem name,Lineitem quantity\n"), "x.csv")

    assert "missing: lineitem price" in str(error.value)
    assert "Shopify: orders" in str(error.value)
    assert "name, created at, financial status" in str(error.value)


def test_a_header_that_fits_nothing_lists_what_is_read():
    with pytest.raises(Malformed) as error:
        recognize(io.BytesIO(b"milk,bread," + b",".join(b"c%d" % n for n in range(50)) + b"\n"), "x.csv")

    assert "milk, bread" in str(error.value)
    assert "c40" not in str(error.value)
    assert all(kind.title in str(error.value) for kind in KINDS.values())


def test_a_file_of_mailchimps_whose_name_says_nothing_is_not_guessed_at():
    content = export("subscribed_members_export_1a2b.csv")

    with pytest.raises(Malformed, match="Choose what is in it"):
        recognize(io.BytesIO(content), "members.csv")
    assert recognize(io.BytesIO(content), "nonsubscribed-members-export.csv") == "mailchimp_never"


def test_a_kind_chosen_wrongly_says_what_it_lacks():
    with pytest.raises(Malformed, match="missing: email marketing consent"):
        list(read_file(io.BytesIO(export("shopify_customers.csv")), "klaviyo_people", AT))


def test_a_byte_order_mark_and_windows_line_ends_are_fine():
    content = b"\xef\xbb\xbf" + export("klaviyo_suppressed.csv").replace(b"\n", b"\r\n")

    assert [len(batch.events) for batch in read(content)] == [3]


def test_other_encodings_within_a_file_are_set_aside_row_by_row():
    content = export("shopify_customers.csv") + "'7004,Zoë,Z,zoe@example.com,no,,,,,,,,,,no,0,0,,no,\n".encode(
        "latin-1"
    )

    assert faults(read(content)) == [(4, "first name is not UTF-8. Save the file as UTF-8.")]


@pytest.mark.parametrize("name", FILES)
def test_going_on_in_the_middle_tells_the_same_in_the_end(name, monkeypatch):
    monkeypatch.setattr(batches, "BATCH_ROWS", 1)
    whole = read(export(name), name)

    for batch in whole:
        resumed = [one for one in whole if one.rows_read <= batch.rows_read]
        if batch is whole[-1]:
            continue
        resumed += read(export(name), name, skip_rows=batch.rows_read)
        assert [fact for one in resumed for fact in one.events] == [fact for one in whole for fact in one.events]
        assert faults(resumed) == faults(whole)


def test_of_a_hundred_thousand_rows_nothing_is_kept_in_memory():
    rows = (f"n{n}@example.com,subscribed,2025-03-01 09:30,Yes\n" for n in range(100_000))
    stream = io.BufferedReader(_Rows("email,status,said_at,wording\n", rows))
    accepted, blocks = 0, []
    for batch in read_file(stream, "subscribers", AT):
        accepted += batch.rows_accepted
        blocks.append(sys.getallocatedblocks())

    assert accepted == 100_000
    assert max(blocks) - blocks[1] < 20_000  # a row kept would cost several


class _Rows(io.RawIOBase):
    """A file that is made while it is read."""

    def __init__(self, header, rows):
        self._rest = header.encode()
        self._rows = rows

    def readable(self):
        return True

    def readinto(self, buffer):
        while len(self._rest) < len(buffer):
            row = next(self._rows, None)
            if row is None:
                break
            self._rest += row.encode()
        taken, self._rest = self._rest[: len(buffer)], self._rest[len(buffer) :]
        buffer[: len(taken)] = taken
        return len(taken)
