"""Files of orders: read as they come, or a sentence that says what to change."""

import numpy as np
import pyarrow as pa
import pytest
from pyarrow import parquet

from recommender.errors import Unreadable
from recommender.prediction.transactions import read_transactions

DAY = 19_875.0  # 2024-06-01


def read(tmp_path, text, cutoff=DAY):
    path = tmp_path / "orders.csv"
    path.write_text(text)
    return read_transactions(path, cutoff)


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("who,occurred_at,amount\na,2024-05-01,1\n", "no column customer"),
        ("customer,occurred_at,amount\na,2024-05-01,one\n", "not a number"),
        ("customer,occurred_at,amount\na,first of May,1\n", "cannot be read"),
        ("customer,occurred_at,amount\na,,1\n", "2024-05-31"),
        ("customer,occurred_at,amount\na,2024-05-01,\n", "not a number"),
        ("customer,occurred_at,amount\na,1714521600000,1\n", "milliseconds"),
        ("customer,occurred_at,amount\n,2024-05-01,1\n", "no row that names a customer"),
        ("customer,occurred_at,amount\na,2024-05-01\n", "neither a CSV"),
    ],
)
def test_what_cannot_be_read_says_what_to_change(tmp_path, text, word):
    with pytest.raises(Unreadable, match=word):
        read(tmp_path, text)


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(Unreadable, match="There is no file"):
        read_transactions(tmp_path / "none.csv", DAY)


@pytest.mark.parametrize(
    "moment", ["2024-05-01", "2024-05-01T00:00:00", "2024-05-01T02:00:00+02:00", "2024-05-01T00:00:00Z", "1714521600",
               "20240501"]
)  # fmt: skip
def test_a_day_may_be_written_in_many_ways(tmp_path, moment):
    told = read(tmp_path, f"customer,occurred_at,amount\na,{moment},1.5\n").purchases

    assert told.day.tolist() == [19_844.0]


def test_rows_of_one_order_are_one_order_and_lines_keep_their_items(tmp_path):
    rows = "a,2024-05-01,2,mug,7\na,2024-05-01,3,jug,7\na,2024-05-01,4,mug,8\n"
    told = read(tmp_path, f"customer,occurred_at,amount,item,order\n{rows}")

    assert told.purchases.amount.tolist() == [5, 4]
    assert told.items[told.line_item].tolist() == ["mug", "jug", "mug"]


def test_a_return_is_taken_off_the_order_before_it(tmp_path):
    told = read(tmp_path, "customer,occurred_at,amount\na,2024-05-01,10\na,2024-05-03,-4\n")

    assert (told.purchases.amount.tolist(), told.returns) == ([6], 1)


def test_a_return_after_the_cut_off_changes_nothing_before_it(tmp_path):
    told = read(tmp_path, "customer,occurred_at,amount\na,2024-05-01,10\na,2024-06-03,-4\n")

    assert told.purchases.amount.tolist() == [10]


def test_rows_that_name_nobody_are_set_aside_and_counted(tmp_path):
    told = read(tmp_path, "customer,occurred_at,amount\na,2024-05-01,10\n,2024-05-01,5\n")

    assert (len(told.purchases), told.without_customer) == (1, 1)


def test_parquet_reads_as_the_same_orders(tmp_path):
    days = pa.array(np.array(["2024-05-01", "2024-05-02"], "datetime64[us]"))
    table = pa.table({"customer": [1.0, 2.0], "occurred_at": days, "amount": [1, 2]})
    parquet.write_table(table, tmp_path / "orders.parquet")
    told = read_transactions(tmp_path / "orders.parquet", DAY)

    assert (told.names.tolist(), told.purchases.amount.tolist()) == (["1", "2"], [1, 2])
