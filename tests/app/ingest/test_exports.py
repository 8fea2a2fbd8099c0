"""What other systems export becomes a shop's rows, whatever the order of the files; nobody is mailed by mistake."""

from datetime import UTC, datetime, timedelta
from itertools import permutations

import pytest
from sqlalchemy import func, select, text

from app.consent import Reason, Word, may_mail, may_personalize, record
from app.identity import Kind, known, same_person
from app.ingest.digest import digest
from app.ingest.imports import forget_old_rows, request_import
from app.ingest.outcomes import outcomes
from app.jobs import imports as journey
from app.jobs.imports import recognize_file, run_import
from app.models import (
    ConsentRecord,
    Customer,
    Import,
    Item,
    ItemRule,
    Order,
    OrderLine,
    Refund,
    SetAsideRow,
    Tombstone,
    Training,
    WorkState,
)
from plugins.csvfile import batches
from plugins.events import Purpose, RefundMade
from tests.app.cast import customer, item, subscribe, tell
from tests.conftest import add_shop
from tests.plugins.csvfile.files import EXPORTS

FILES = sorted(path.name for path in EXPORTS.glob("*.csv"))
REAL = {"names": ("handle:assam", "sku:tea-7-250", "title:assam - 250 g")}


def bring(wiring, shop_id, name, *, kind=""):
    path = EXPORTS / name
    with wiring.db.of_shop(shop_id) as session:
        import_id = request_import(session, shop_id, path, kind=kind)
    run_import(shop_id, import_id, wiring=wiring)
    with wiring.db.of_shop(shop_id) as session:
        return session.get(Import, (shop_id, import_id))


def bring_text(wiring, shop_id, tmp_path, content, name="list.csv", **how):
    path = tmp_path / name
    path.write_text(content)
    with wiring.db.of_shop(shop_id) as session:
        import_id = request_import(session, shop_id, path, **how)
    run_import(shop_id, import_id, wiring=wiring)
    with wiring.db.of_shop(shop_id) as session:
        return session.get(Import, (shop_id, import_id))


def digest_of(wiring, shop_id):
    with wiring.db.of_shop(shop_id) as session:
        return digest(session)


def items_of_lines(wiring, shop_id):
    with wiring.db.of_shop(shop_id) as session:
        return sorted(session.scalars(select(OrderLine.item_external_id)))


def answer(wiring, shop_id, email):
    with wiring.db.of_shop(shop_id) as session:
        return may_mail(session, shop_id, email)


@pytest.mark.parametrize("name", FILES)
def test_an_export_comes_in_and_twice_changes_nothing(wiring, harbour, name):
    first = bring(wiring, harbour, name)
    once = digest_of(wiring, harbour)

    second = bring(wiring, harbour, name)

    assert first.state == second.state == WorkState.DONE, first.reason
    assert first.kind == recognize_file(EXPORTS / name)
    assert first.rows_read == first.rows_accepted + first.rows_set_aside
    assert first.rows_accepted > 0
    assert digest_of(wiring, harbour) == once
    assert second.counts == first.counts


def test_what_was_bought_finds_its_item_whatever_comes_first(wiring):
    def the_shop_tells(shop_id):
        tell(wiring, shop_id, item("8001", "Assam", **REAL))

    steps = {
        "orders": lambda shop_id: bring(wiring, shop_id, "shopify_orders.csv"),
        "products": lambda shop_id: bring(wiring, shop_id, "shopify_products.csv"),
        "shop": the_shop_tells,
    }
    for number, order in enumerate(permutations(steps)):
        shop_id = add_shop(wiring.db, f"shop{number}")
        for step in order:
            steps[step](shop_id)

        assert items_of_lines(wiring, shop_id) == ["8001", "8001", "8001", "handle:small-teapot"], order
        with wiring.db.of_shop(shop_id) as session:
            known = session.scalars(select(Item.external_id).order_by(Item.external_id)).all()
            assert known == ["8001", "handle:old-cup", "handle:small-teapot"], order
            assert session.scalar(select(Item.title).where(Item.external_id == "8001")) == "Assam", order


def test_lines_that_found_no_item_are_counted_and_told(wiring, harbour):
    row = bring(wiring, harbour, "shopify_orders.csv")

    assert row.counts["open_lines"] == row.counts["lines"] == 4
    assert any(told.is_warning and "4 of these lines name no item" in told.sentence for told in outcomes(row.counts))
    bring(wiring, harbour, "shopify_products.csv")
    assert "open_lines" not in bring(wiring, harbour, "shopify_orders.csv").counts


def test_an_article_number_that_two_items_share_leads_to_none(wiring, harbour):
    tell(wiring, harbour, item("1", names=("sku:tea-7-250",)), item("2", names=("sku:tea-7-250",)))

    bring(wiring, harbour, "shopify_orders.csv")

    assert items_of_lines(wiring, harbour).count("sku:tea-7-250") == 3


def test_a_variations_article_number_leads_to_its_product(wiring, harbour):
    bring(wiring, harbour, "woocommerce_products.csv")
    bring(wiring, harbour, "woocommerce_lines.csv")

    with wiring.db.of_shop(harbour) as session:
        lines = session.execute(select(OrderLine.item_external_id, OrderLine.variant_external_id)).all()
    assert sorted(tuple(line) for line in lines if line[1]) == [("29", "30"), ("29", "30")]
    assert "33" in items_of_lines(wiring, harbour)


def test_a_pin_on_an_item_of_a_file_stays_when_the_shop_tells_of_it(wiring, harbour):
    bring(wiring, harbour, "shopify_products.csv")
    with wiring.db.of_shop(harbour) as session:
        item_id = session.scalar(select(Item.id).where(Item.external_id == "handle:assam"))
        session.add(ItemRule(shop_id=harbour, item_id=item_id, kind="pin"))

    tell(wiring, harbour, item("8001", "Assam", **REAL))

    with wiring.db.of_shop(harbour) as session:
        assert session.scalars(select(Item.external_id).join(ItemRule, ItemRule.item_id == Item.id)).all() == ["8001"]


def test_an_item_that_was_renamed_between_two_files_is_shown_once(wiring, harbour, tmp_path):
    content = (EXPORTS / "shopify_products.csv").read_text()
    bring(wiring, harbour, "shopify_products.csv")
    bring_text(wiring, harbour, tmp_path, content.replace("\nassam,", "\nassam-tea,"), "renamed.csv")

    tell(wiring, harbour, item("8001", names=("handle:assam",)), item("8001", names=("handle:assam-tea",)))

    with wiring.db.of_shop(harbour) as session:
        shown = session.scalars(
            select(Item.external_id).where(Item.state == "on_sale").order_by(Item.external_id)
        ).all()
    assert shown == ["8001", "handle:small-teapot"]


def test_what_the_shop_said_itself_is_not_overwritten_by_an_older_or_newer_file(wiring, harbour):
    tell(wiring, harbour, item("8001", "Assam of today", **REAL))

    bring(wiring, harbour, "shopify_products.csv")

    with wiring.db.of_shop(harbour) as session:
        assert session.scalar(select(Item.title).where(Item.external_id == "8001")) == "Assam of today"


@pytest.mark.parametrize("is_known_first", [True, False])
def test_orders_by_an_address_are_one_persons_and_find_the_account(wiring, harbour, is_known_first):
    files = ["shopify_customers.csv", "shopify_orders.csv"]
    for name in files if is_known_first else reversed(files):
        bring(wiring, harbour, name)

    with wiring.db.of_shop(harbour) as session:
        orders = session.execute(select(Order.email, Order.customer_external_id).order_by(Order.external_id)).all()
        assert session.scalar(select(func.count()).where(Customer.external_id.startswith("list:"))) == 0
    assert [tuple(row) for row in orders] == [("anna@example.com", "7001"), (None, None), ("ben@example.com", "7002")]


def test_people_known_by_address_only_go_by_a_seal_until_the_shop_tells_of_them(wiring, harbour):
    bring(wiring, harbour, "shopify_orders.csv")
    bring(wiring, harbour, "klaviyo_people.csv")
    with wiring.db.of_shop(harbour) as session:
        ids = session.scalars(select(Customer.external_id)).all()
        own = session.scalars(select(Order.customer_external_id).where(Order.email == "anna@example.com")).one()
    assert own in ids
    assert all(one.startswith("list:") and "@" not in one for one in ids)

    tell(wiring, harbour, customer("anna"))

    with wiring.db.of_shop(harbour) as session:
        assert session.scalars(select(Order.customer_external_id).where(Order.email == "anna@example.com")).all() == [
            "anna"
        ]
        assert session.scalars(select(Customer.external_id).where(Customer.email == "anna@example.com")).all() == [
            "anna"
        ]


def test_a_no_to_being_remembered_goes_along_to_the_account(wiring, harbour):
    bring(wiring, harbour, "shopify_orders.csv")
    with wiring.db.of_shop(harbour) as session:
        listed = session.scalars(select(Order.customer_external_id).where(Order.email == "anna@example.com")).one()
        no = Word(purpose=Purpose.PERSONALIZATION, is_given=False, source="own page", customer_external_id=listed)
        record(session, harbour, no)

    for _ in range(2):
        bring(wiring, harbour, "shopify_customers.csv")

    with wiring.db.of_shop(harbour) as session:
        assert not may_personalize(session, harbour, "7001", is_unasked_allowed=True).is_allowed
        assert "7001" in same_person(session, harbour, known(customers=listed)).customers
        said = select(func.count()).select_from(ConsentRecord).where(ConsentRecord.customer_external_id == "7001")
        assert session.scalar(said) == 1


def test_a_summed_up_refund_gives_way_to_the_shops_own(wiring, harbour):
    def single(number):
        return RefundMade(
            external_id=number,
            order_external_id="5001001001001",
            amount_minor=1000,
            currency="GBP",
            made_at=datetime(2026, 3, 20, tzinfo=UTC),
        )

    bring(wiring, harbour, "shopify_orders.csv")
    tell(wiring, harbour, single("r1"))
    bring(wiring, harbour, "shopify_orders.csv")

    with wiring.db.of_shop(harbour) as session:
        found = session.scalars(select(Refund.external_id).where(Refund.order_external_id == "5001001001001")).all()
    assert found == ["r1"]


def test_a_proven_yes_may_be_mailed_and_nobody_else(wiring, harbour):
    row = bring(wiring, harbour, "klaviyo_people.csv")

    assert answer(wiring, harbour, "anna@example.com").is_allowed
    assert answer(wiring, harbour, "ben@example.com").reason == Reason.NEVER_ASKED
    assert answer(wiring, harbour, "carol@example.com").reason == Reason.SUPPRESSED
    assert answer(wiring, harbour, "dan@example.com").reason == Reason.NEVER_ASKED
    assert answer(wiring, harbour, "ed@example.com").reason == Reason.SUPPRESSED
    told = [one.sentence for one in outcomes(row.counts)]
    assert any(one.startswith("1 address had no proof of consent, so nothing will be sent to them.") for one in told)
    assert "2 addresses will not be written to: 1 unsubscribed, 1 complained." in told


def test_a_yes_older_than_a_later_unsubscribe_does_not_revive(wiring, harbour):
    subscribe(wiring, harbour, "anna@example.com", is_given=False, at=datetime(2025, 9, 1, tzinfo=UTC))

    bring(wiring, harbour, "klaviyo_people.csv")
    bring(wiring, harbour, "subscribed_members_export_1a2b.csv")

    assert answer(wiring, harbour, "anna@example.com").reason == Reason.WITHDRAWN


@pytest.mark.parametrize("is_list_first", [True, False])
def test_suppressions_and_consents_of_two_files_come_to_the_same(wiring, harbour, tmp_path, is_list_first):
    files = {
        "a.csv": "email,status,said_at\ncarol@example.com,subscribed,2025-01-01\n",
        "b.csv": "email,status,said_at\ncarol@example.com,unsubscribed,2025-02-01\n",
    }
    for name in sorted(files, reverse=not is_list_first):
        bring_text(wiring, harbour, tmp_path, files[name], name)

    assert answer(wiring, harbour, "carol@example.com").reason == Reason.SUPPRESSED


def test_an_old_no_of_a_file_does_not_silence_a_newer_yes(wiring, harbour):
    subscribe(wiring, harbour, "carol@example.com", at=datetime(2026, 1, 1, tzinfo=UTC))

    bring(wiring, harbour, "unsubscribed_members_export_1a2b.csv")

    assert answer(wiring, harbour, "carol@example.com").is_allowed


def test_a_no_without_a_time_silences_whatever_was_said_before(wiring, harbour):
    subscribe(wiring, harbour, "dan@example.com", at=datetime(2026, 1, 1, tzinfo=UTC))

    bring(wiring, harbour, "unsubscribed_members_export_1a2b.csv")

    assert answer(wiring, harbour, "dan@example.com").reason == Reason.SUPPRESSED


def test_the_ledger_keeps_source_wording_version_locale_and_time(wiring, harbour):
    bring(wiring, harbour, "subscribers.csv")

    with wiring.db.of_shop(harbour) as session:
        row = session.scalars(select(ConsentRecord)).one()
    assert (row.source, row.wording, row.wording_version, row.locale) == (
        "list",
        "Yes, send me the newsletter",
        "2",
        "en",
    )
    assert row.occurred_at == datetime(2025, 3, 1, 8, 30, tzinfo=UTC)


def test_a_list_of_people_asks_for_no_training_and_orders_do(wiring, harbour):
    bring(wiring, harbour, "klaviyo_people.csv")
    bring(wiring, harbour, "shopify_customers.csv")
    with wiring.db.of_shop(harbour) as session:
        assert session.scalars(select(Training)).all() == []

    bring(wiring, harbour, "shopify_orders.csv")

    with wiring.db.of_shop(harbour) as session:
        assert {training.cause for training in session.scalars(select(Training))} == {"imported"}


def test_whoever_was_forgotten_does_not_come_back_with_a_file(wiring, harbour):
    with wiring.db.of_shop(harbour) as session:
        seal = wiring.seals.seal(harbour, Kind.EMAIL, "anna@example.com")
        session.add(Tombstone(shop_id=harbour, kind=Kind.EMAIL, seal=seal))

    for name in ("shopify_orders.csv", "shopify_customers.csv", "klaviyo_people.csv"):
        row = bring(wiring, harbour, name)
        assert row.counts["forgotten"] > 0

    with wiring.db.of_shop(harbour) as session:
        for table in ("orders", "customers", "consent_records", "suppressions", "imports", "set_aside_rows"):
            rows = session.execute(text(f"SELECT t::text FROM {table} t")).scalars()
            assert not [one for one in rows if "anna" in one.lower() or "7001" in one], table
        assert session.scalar(select(func.count()).select_from(Order)) == 3


def test_eves_shop_is_not_touched_by_the_same_names(wiring, harbour, linden):
    bring(wiring, linden, "shopify_orders.csv")
    before = digest_of(wiring, linden)

    bring(wiring, harbour, "shopify_products.csv")
    bring(wiring, harbour, "shopify_customers.csv")
    tell(wiring, harbour, item("8001", **REAL), customer("anna"))

    assert digest_of(wiring, linden) == before


def test_a_chosen_kind_counts_and_a_wrong_one_is_refused_in_words(wiring, harbour):
    name = "subscribed_members_export_1a2b.csv"

    assert bring(wiring, harbour, name, kind="mailchimp_never").counts == {"people": 2}
    wrong = bring(wiring, harbour, name, kind="shopify_orders")

    assert (wrong.state, "Shopify: orders" in wrong.reason) == (WorkState.FAILED, True)


def test_a_file_that_fits_nothing_is_kept_as_failed_with_what_was_expected(wiring, harbour, tmp_path):
    row = bring_text(wiring, harbour, tmp_path, "milk,bread\n1,2\n")

    assert (row.state, row.kind) == (WorkState.FAILED, "")
    assert "milk, bread" in row.reason
    assert "Shopify: orders" in row.reason


def test_an_interrupted_list_goes_on_and_counts_nothing_twice(wiring, harbour, monkeypatch):
    monkeypatch.setattr(batches, "BATCH_ROWS", 2)
    undisturbed = add_shop(wiring.db, "undisturbed")
    whole = bring(wiring, undisturbed, "klaviyo_people.csv")
    with wiring.db.of_shop(harbour) as session:
        import_id = request_import(session, harbour, EXPORTS / "klaviyo_people.csv")
    real, calls = journey.imports.record_batch, []

    def failing(*args, **more):
        calls.append(1)
        if len(calls) == 3:
            raise RuntimeError
        return real(*args, **more)

    monkeypatch.setattr(journey.imports, "record_batch", failing)
    run_import(harbour, import_id, wiring=wiring)
    assert len(calls) == 3
    with wiring.db.of_shop(harbour) as session:
        session.execute(text("UPDATE imports SET claimed_until = 'epoch'"))
    run_import(harbour, import_id, wiring=wiring)

    with wiring.db.of_shop(harbour) as session:
        row = session.get(Import, (harbour, import_id))
    assert (row.state, row.counts, row.rows_accepted) == (WorkState.DONE, whole.counts, whole.rows_accepted)


def test_rows_that_nobody_mended_are_let_go(wiring, harbour):
    row = bring(wiring, harbour, "klaviyo_people.csv")
    assert row.rows_set_aside == 2

    with wiring.db.of_shop(harbour) as session:
        forget_old_rows(session, harbour, row.finished_at - timedelta(days=1))
        assert session.scalar(select(func.count()).select_from(SetAsideRow)) == 2
        forget_old_rows(session, harbour, row.finished_at + timedelta(seconds=1))
        assert session.scalar(select(func.count()).select_from(SetAsideRow)) == 0
