"""An archive of one person: all of theirs, none of others', and safe to open."""

import csv
import io
import json
import zipfile

import pytest

from app.consent import Stop, suppress
from app.identity import known
from app.privacy.archive import archive, safe_cell
from app.privacy.known import QUERIES
from app.shops import write_backs
from plugins.events import CustomerMerged, RefundMade, SuppressionReason
from plugins.talking import MailAnswer
from tests.app.cast import ALICE, MONDAY, customer, order, review, tell
from tests.app.privacy.test_erasure import MAIL, browse, message, people
from tests.app.profiled import keep_profile

assert people  # the fixture


def read(wiring, shop_id, *, language="en", **names):
    with wiring.db.of_shop(shop_id) as session:
        packed = archive(session, shop_id, known(**names), language=language, is_proven_only=False)
    with zipfile.ZipFile(io.BytesIO(packed)) as zip_:
        return {name: zip_.read(name).decode() for name in zip_.namelist()}


def test_a_person_reads_everything_that_is_known_of_them_and_nothing_of_others(wiring, people):
    message(wiring, people, MAIL, "c1", state="sent")

    files = read(wiring, people, customers="a1")

    told = json.loads(files["data.json"])
    assert [one["order"] for one in told["orders"]] == ["o1", "o2"]
    assert told["orders"][0]["total"] == "4.50"
    assert told["browsing"][0]["query"] == "present for alice"
    for name in ("accounts", "order_lines", "refunds", "carts", "consents", "messages", "recommendations", "merges"):
        assert told[name], name
        assert f"{name}.csv" in files
    assert "What Harbour Tea knows about you" in files["index.html"]
    for content in files.values():
        assert "b2@example.com" not in content
        assert "present for bob" not in content


def test_who_is_left_alone_by_lot_reads_it(wiring, people):
    message(wiring, people, MAIL, "c1", state="skipped", reason="control_group", is_control=True)

    files = read(wiring, people, customers="a1")

    (told,) = json.loads(files["data.json"])["messages"]
    assert (told["left_alone"], told["reason"]) == (True, "control_group")
    assert "Chosen by lot to get none, for comparison" in files["index.html"]


def test_no_table_of_an_archive_holds_a_row_of_somebody_else(wiring, people):
    message(wiring, people, MAIL, "c1", state="sent")
    message(wiring, people, "b2@example.com", "c2", state="sent")
    tell(
        wiring, people,
        CustomerMerged(from_external_id="b0", into_external_id="b2", merged_at=MONDAY),
        RefundMade(external_id="r2", order_external_id="o3", amount_minor=1, currency="GBP", made_at=MONDAY),
        review("r1", email=MAIL), review("r2", email="b2@example.com", customer_external_id="b2"),
    )  # fmt: skip
    with wiring.db.of_shop(people) as session:
        for email in (MAIL, "b2@example.com"):
            answer = MailAnswer(email=email, customer_external_id=None, is_given=False, answered_at=MONDAY)
            write_backs.put_in_line(session, people, answer, key=email)
        for email in (MAIL, "b2@example.com"):
            suppress(session, people, Stop(email, SuppressionReason.COMPLAINED, "test", MONDAY))
        for account, email in (("a1", MAIL), ("b2", "b2@example.com")):
            keep_profile(session, people, MONDAY, ("customer", account), ("email", email))

    told = json.loads(read(wiring, people, customers="a1")["data.json"])

    counts = {name: len(told[name]) for name in QUERIES}
    assert counts.pop("orders") == counts.pop("order_lines") == 2  # one of them as a guest
    assert counts.pop("consents") == 2  # of the browser, and of the address
    assert counts.pop("predictions") == 2  # what is expected now, and what was said before
    assert set(counts.values()) == {1}, counts


@pytest.mark.parametrize(("language", "words"), [
    ("en", ("Where you stand", "never bought", "Oolong tea", "chance that you stay away", "123.45", "Group 1")),
    ("de", ("Wo Sie stehen", "nie gekauft", "Oolong tea", "Wahrscheinlichkeit, dass Sie fortbleiben", "123.45")),
])  # fmt: skip
def test_what_is_counted_and_expected_of_somebody_is_told_in_words(wiring, people, language, words):
    with wiring.db.of_shop(people) as session:
        keep_profile(session, people, MONDAY, ("customer", "a1"), ("email", MAIL), answer=MAIL)

    page = read(wiring, people, language=language, customers="a1")["index.html"]

    for word in words:
        assert word in page


def test_what_is_counted_of_others_too_is_not_told_to_whom_has_proved_only_a_mailbox(wiring, people):
    with wiring.db.of_shop(people) as session:
        keep_profile(session, people, MONDAY, ("customer", "a1"), ("email", "shared@example.com"))
        packed = archive(session, people, known(emails="shared@example.com"))

    told = json.loads(zipfile.ZipFile(io.BytesIO(packed)).read("data.json"))
    assert not any(told[name] for name in ("profile", "segments", "predictions", "expected_spending", "due_again"))


def test_eve_reads_nothing_of_the_other_shop(wiring, people, linden):
    told = json.loads(read(wiring, linden, customers="a1", emails=MAIL)["data.json"])

    assert not any(told[name] for name in ("accounts", "orders", "carts", "browsing", "consents"))


def test_what_people_typed_is_neither_markup_nor_a_formula(wiring, people):
    tell(wiring, people, customer("x9", first_name="<script>alert(1)</script>", last_name="=HYPERLINK(1)"))
    browse(wiring, people, ALICE, "=1+1")

    files = read(wiring, people, customers="x9")

    assert "<script>" not in files["index.html"]
    assert "&lt;script&gt;" in files["index.html"]
    row = next(csv.DictReader(io.StringIO(files["accounts.csv"])))
    assert row["last_name"] == "'=HYPERLINK(1)"


@pytest.mark.parametrize(
    ("value", "cell"), [("+44", "'+44"), (-4, "-4"), (None, ""), (True, "true"), (["=a"], '["=a"]')]
)
def test_a_cell_is_run_by_no_spreadsheet(value, cell):
    assert safe_cell(value) == cell


def test_a_german_shopper_reads_german(wiring, people):
    tell(wiring, people, order("o9", "tea", "a1"))
    assert "Was Harbour Tea über Sie weiß" in read(wiring, people, language="de", customers="a1")["index.html"]


def test_the_page_is_written_in_words_and_leaves_no_value_out(wiring, people):
    message(wiring, people, MAIL, "c1", state="sent")

    files = read(wiring, people, customers="a1")
    page, told = files["index.html"], json.loads(files["data.json"])

    assert "{&#34;" not in page
    assert "Last changed" in page
    assert "e-mail about offers and carts" in page
    for cart in told["carts"]:
        assert cart["changed_at"].removesuffix("+00:00").replace("T", " ") in page
        for line in cart["lines"]:
            assert f"{line['quantity']} × {line['title']}, {line['total']} {line['currency']}" in page


def test_a_phone_that_somebody_wrote_into_their_account_opens_nobodys_orders(wiring, harbour):
    phone = "+442079460077"
    tell(wiring, harbour, customer("mallory", phone=phone), order("hers", "tea", "mallory"))
    tell(wiring, harbour, order("guests", "tea", None, phone=phone))

    with wiring.db.of_shop(harbour) as session:
        packed = archive(session, harbour, known(customers="mallory", emails="mallory@example.com"))
    told = zipfile.ZipFile(io.BytesIO(packed)).read("data.json").decode()

    assert "hers" in told
    assert "guests" not in told
