"""Bytes of a file as CSV records, whatever is in it: a record that cannot be read is told, and reading goes on."""

import csv
import gzip
import io
import lzma
import zlib
from collections.abc import Iterator
from typing import BinaryIO, cast

from plugins.errors import Malformed

LONGEST_LINE = 1_000_000
DELIMITERS = ";\t|"
UTF_16 = ("\udcff\udcfe", "\udcfe\udcff")  # its byte order marks, read as UTF-8
DAMAGE = (OSError, EOFError, lzma.LZMAError, zlib.error)  # what unpacking raises


def unpack(raw: BinaryIO, name: str) -> BinaryIO:
    """Read a file's bytes through its packing, by the ending of its name: .csv, .csv.gz, .csv.xz."""
    if name.endswith(".gz"):
        return cast("BinaryIO", gzip.open(raw, "rb"))
    if name.endswith(".xz"):
        return cast("BinaryIO", lzma.open(raw, "rb"))
    return raw


def as_text(stream: BinaryIO) -> io.TextIOWrapper:
    """Read a file's bytes as lines of text; bytes that are not UTF-8 are marked, not refused."""
    return io.TextIOWrapper(stream, encoding="utf-8-sig", errors="surrogateescape", newline="")


def read_header(text: io.TextIOWrapper) -> tuple[list[str], Iterator[list[str] | str]]:
    """Return the header and the records after it; a record that cannot be read comes as the reason, a string.

    The names come in small letters. Raises Malformed when the file as a whole is not what it should be.
    """
    try:
        first = text.readline(LONGEST_LINE)
        header = [name.strip().lower() for name in next(csv.reader([first]), [])]
    except DAMAGE as error:
        raise Malformed(f"The compressed file is damaged ({type(error).__name__}).") from error
    except csv.Error:
        raise Malformed("The first line cannot be read. It must name the columns, with commas between them.") from None
    if "\x00" in first or first.startswith(UTF_16):
        raise Malformed("The file is not UTF-8. Save it as “CSV UTF-8”, with commas between the columns.")
    if not first.strip():
        raise Malformed("The file is empty. Its first line must name the columns.")
    found = max(DELIMITERS, key=first.count)
    if first.count(found) > first.count(","):
        name = {";": "semicolons", "\t": "tabs", "|": "bars"}[found]
        raise Malformed(f"The columns are divided by {name}. Save the file with commas between the columns.")
    return header, _records(csv.reader(_lines(text)))


def _lines(text: io.TextIOWrapper) -> Iterator[str]:
    while line := text.readline(LONGEST_LINE):
        yield line
        if len(line) == LONGEST_LINE and not line.endswith("\n"):
            while (rest := text.readline(LONGEST_LINE)) and not rest.endswith("\n"):
                pass


def _records(reader: Iterator[list[str]]) -> Iterator[list[str] | str]:
    while True:
        try:
            yield next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            reason = "a cell is too long, or a quotation mark is never closed" if "limit" in str(error) else str(error)
            yield f"This row cannot be read: {reason}."
        except DAMAGE as error:
            raise Malformed(f"The compressed file is damaged ({type(error).__name__}).") from error
