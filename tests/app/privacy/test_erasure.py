"""Forgetting one person, their neighbour untouched: rows, papers, twice, by two workers, while things go on."""

import json
from concurrent.futures import ThreadPoolExecutor, wait
from datetime import timedelta
from uuid import uuid4

import pytest
from sqlalchemy import select, text

from app import consent
from app.identity import known
from app.jobs import cleaning, forgetting
from app.jobs.deliveries import drain_deliveries
from app.messaging import outbox
from app.messaging.caught import FOLDER, list_caught
from app.models import (
    Cart,
    Click,
    Customer,
    Delivery,
    Erasure,
    Import,
    Impression,
    Message,
    MessageState,
    Note,
    Order,
    SetAsideRow,
)
from app.models.browsing import visitor_key
from app.privacy.wishes import claim_wish, request_erasure
from plugins.events import ConsentChanged, CustomerDeleted, CustomerMerged, Purpose, RefundMade, VisitorRecognized
from tests.app.cast import ALICE, BOB, MONDAY, agree, cart, customer, item, order, subscribe, tell

MAIL = "a1@example.com"
SHARED_PHONE = "+442071234567"
HOME = "1 Quay Street, Bristol"


@pytest.fixture
def people(wiring, harbour):
    """Alice (a1), who also bought as a guest, and Bob (b2) at the same phone, address and browser."""
    with wiring.db.of_shop(harbour) as session:
        agree(session, harbour, visitor_key(ALICE))
        agree(session, harbour, visitor_key(BOB))
    shared = {"phone": SHARED_PHONE, "address": HOME, "visitor_id": BOB}
    tell(
        wiring,
        harbour,
        item("tea"),
        customer("a1", first_name="Alice", phone="+442079999999"),
        customer("b2", first_name="Bob"),
        order("o1", "tea", "a1", email=MAIL, visitor_id=ALICE, cart_external_id="c1"),
        order("o2", "tea", None, email=MAIL, **shared),
        order("o3", "tea", "b2", email="b2@example.com", **shared),
        cart("c1", "tea", MAIL, customer_external_id="a1", visitor_id=ALICE),
        cart("c2", "tea", "b2@example.com", customer_external_id="b2", **shared),
        CustomerMerged(from_external_id="a0", into_external_id="a1", merged_at=MONDAY),
        RefundMade(external_id="r1", order_external_id="o1", amount_minor=450, currency="GBP", reason="Alice is ill",
                   made_at=MONDAY),
    )  # fmt: skip
    subscribe(wiring, harbour, MAIL)
    subscribe(wiring, harbour, "b2@example.com")
    browse(wiring, harbour, ALICE, "present for alice")
    browse(wiring, harbour, BOB, "present for bob")
    return harbour


def browse(wiring, shop_id, visitor, query):
    with wiring.db.of_shop(shop_id) as session:
        key = visitor_key(visitor)
        told = {"shop_id": shop_id, "key": key, "query": query}
        session.execute(
            text("""
                INSERT INTO browsing_events (shop_id, visitor_key, kind, query, occurred_at)
                VALUES (:shop_id, :key, 'search_made', :query, now())
            """),
            told,
        )
        shown = Impression(
            shop_id=shop_id, id=uuid4(), placement="home", source="ranker", visitor_key=key, item_ids=[1]
        )
        session.add(shown)
        session.flush()
        session.add(Click(shop_id=shop_id, impression_id=shown.id, item_id=1))


def ask(wiring, shop_id, **names):
    with wiring.db.of_shop(shop_id) as session:
        return request_erasure(session, shop_id, known(**names), "merchant")


def forget_live(wiring, shop_id, **names):
    wish_id = ask(wiring, shop_id, **names)
    forgetting.fulfil_wish(shop_id, wish_id, wiring=wiring)
    return wish(wiring, shop_id, wish_id)


def forget(wiring, shop_id, **names):
    wish_id = forget_live(wiring, shop_id, **names).id
    cleaning.finish_wishes(shop_id, wiring=wiring)
    return wish(wiring, shop_id, wish_id)


def wish(wiring, shop_id, wish_id):
    with wiring.db.of_shop(shop_id) as session:
        return session.get(Erasure, (shop_id, wish_id))


def deliver(wiring, shop_id, body, *, state="applied", platform="demo", topic="order.changed"):
    body = body if isinstance(body, bytes) else json.dumps(body).encode()
    with wiring.db.of_shop(shop_id) as session:
        row = Delivery(shop_id=shop_id, platform=platform, topic=topic, idempotency_key=uuid4().hex, headers={"a": "b"},
                       body=body, state=state, processed_at=wiring.clock())  # fmt: skip
        session.add(row)
        session.flush()
        return row.id


def bodies(wiring, shop_id):
    with wiring.db.of_shop(shop_id) as session:
        return {row.id: row.body for row in session.scalars(select(Delivery))}


def everything(wiring, shop_id, *tables):
    with wiring.db.of_shop(shop_id) as session:
        return {name: sorted(map(repr, session.execute(text(f"SELECT * FROM {name}")).all())) for name in tables}


def message(wiring, shop_id, email, cart_id, *, state="planned", **more):
    with wiring.db.of_shop(shop_id) as session:
        row = Message(shop_id=shop_id, campaign_id=1, cart_external_id=cart_id, cart_version_at=MONDAY, email=email,
                      state=state, due_at=MONDAY, **more)  # fmt: skip
        session.add(row)
        session.flush()
        return row.id


def test_every_row_of_a_person_goes_and_their_orders_stay_without_them(wiring, people):
    message(wiring, people, MAIL, "c1")

    done = forget(wiring, people, emails=MAIL)

    assert (done.state, done.subject, done.reason) == ("done", None, "")
    with wiring.db.of_shop(people) as session:
        assert session.execute(text("SELECT count(subject) FROM erasures")).scalar() == 0
    assert done.found["orders"] == 2
    assert set(done.found) >= {"customers", "carts", "consents", "messages", "visitors", "browsing", "clicks", "merges"}
    with wiring.db.of_shop(people) as session:
        orders = {one.external_id: one for one in session.scalars(select(Order))}
        assert [(orders[one].customer_external_id, orders[one].email, orders[one].phone) for one in ("o1", "o2")] == [
            (None, None, None),
            (None, None, None),
        ]
        assert orders["o1"].cart_external_id is orders["o1"].visitor_key is orders["o2"].address_key is None
        assert orders["o1"].total_minor == 450
        assert session.execute(text("SELECT count(*) FROM order_lines")).scalar() == 3
        assert session.execute(text("SELECT reason FROM refunds")).scalar() == ""
        assert session.execute(text("SELECT count(*) FROM impressions WHERE visitor_key IS NULL")).scalar() == 1


def test_whoever_shares_a_phone_an_address_and_a_browser_stays_whole(wiring, people):
    message(wiring, people, "b2@example.com", "c2")
    forget_live(wiring, people, customers="a1")

    with wiring.db.of_shop(people) as session:
        bobs = session.scalars(select(Order).where(Order.external_id == "o3")).one()
        assert (bobs.phone, bobs.email, bobs.customer_external_id) == (SHARED_PHONE, "b2@example.com", "b2")
        assert bobs.address_key is not None
        assert bobs.visitor_key == visitor_key(BOB)
        assert session.scalars(select(Customer.external_id)).all() == ["b2"]
        assert session.scalars(select(Cart.external_id)).all() == ["c2"]
        assert session.scalars(text("SELECT query FROM browsing_events")).all() == ["present for bob"]
        assert session.scalars(select(Message.email)).all() == ["b2@example.com"]
        assert consent.may_mail(session, people, "b2@example.com").is_allowed
    tell(wiring, people, order("o4", "tea", "b2", phone=SHARED_PHONE, visitor_id=BOB))
    with wiring.db.of_shop(people) as session:  # the shared phone and browser carry no stone
        later = session.scalars(select(Order).where(Order.external_id == "o4")).one()
        assert (later.phone, later.visitor_key) == (SHARED_PHONE, visitor_key(BOB))


def test_the_other_shop_keeps_its_own_alice(wiring, people, linden):
    tell(wiring, linden, customer("a1"), order("o1", "tea", "a1", email=MAIL))
    subscribe(wiring, linden, MAIL)
    before = everything(wiring, linden, "customers", "orders", "consent_records")

    forget_live(wiring, people, emails=MAIL)

    assert everything(wiring, linden, "customers", "orders", "consent_records") == before


def test_eves_wish_is_not_fulfilled_in_the_other_shop(wiring, people, linden):
    wish_id = ask(wiring, people, emails=MAIL)

    forgetting.fulfil_wish(linden, wish_id, wiring=wiring)

    assert wish(wiring, people, wish_id).live_erased_at is None


def test_asking_twice_is_one_wish_and_forgetting_twice_changes_nothing(wiring, people):
    assert ask(wiring, people, emails=MAIL) == ask(wiring, people, emails=MAIL)
    forget_live(wiring, people, emails=MAIL)
    tables = ("orders", "customers", "carts", "tombstones", "consent_records", "messages", "deliveries")
    before = everything(wiring, people, *tables)

    again = forget(wiring, people, emails=MAIL)

    assert (again.state, again.found) == ("done", {})
    after = everything(wiring, people, *tables)
    assert {**after, "tombstones": len(after["tombstones"])} == {**before, "tombstones": len(before["tombstones"])}


def test_a_wish_that_is_open_already_is_followed_by_the_link_it_was_asked_by_last(wiring, people):
    wish_id = ask(wiring, people, emails=MAIL)
    with wiring.db.of_shop(people) as session:
        assert request_erasure(session, people, known(emails=MAIL), "shopper", link_seal=b"a link") == wish_id

    with wiring.db.of_shop(people) as session:
        assert session.get_one(Erasure, (people, wish_id)).link_seal == b"a link"


def test_two_workers_forget_somebody_once(wiring, people):
    wish_id = ask(wiring, people, emails=MAIL)
    with ThreadPoolExecutor(2) as pool:
        list(pool.map(lambda _: forgetting.fulfil_wish(people, wish_id, wiring=wiring), range(2)))
    with ThreadPoolExecutor(2) as pool:
        list(pool.map(lambda _: cleaning.finish_wishes(people, wiring=wiring), range(2)))

    done = wish(wiring, people, wish_id)
    assert (done.state, done.found["orders"], done.found["customers"]) == ("done", 2, 1)


def test_what_a_killed_worker_left_is_gone_on_with(wiring, people, monkeypatch):
    wish_id = ask(wiring, people, emails=MAIL)
    monkeypatch.setattr("app.privacy.rows.erase_rows", lambda *_: 1 / 0)
    forgetting.fulfil_wish(people, wish_id, wiring=wiring)
    monkeypatch.undo()
    assert wish(wiring, people, wish_id).live_erased_at is None

    with wiring.db.of_shop(people) as session:  # the lease of the dead runs out
        session.execute(text("UPDATE erasures SET claimed_until = clock_timestamp() - interval '1 second'"))
    forgetting.fulfil_wish(people, wish_id, wiring=wiring)
    cleaning.finish_wishes(people, wiring=wiring)

    assert wish(wiring, people, wish_id).state == "done"
    with wiring.db.of_shop(people) as session:
        assert session.scalars(select(Customer.external_id)).all() == ["b2"]


def test_a_wish_that_stopped_again_and_again_says_so(wiring, people):
    wish_id = ask(wiring, people, emails=MAIL)
    with wiring.db.of_shop(people) as session:
        session.execute(text("UPDATE erasures SET attempts = 5"))
        assert claim_wish(session, people, wish_id) is None

    assert wish(wiring, people, wish_id).state == "failed"


def test_nobody_comes_back_with_an_old_file_and_somebody_does_with_a_yes_of_their_own(wiring, people):
    facts = [
        customer("a1", first_name="Alice"),
        order("o1", "tea", "a1", email=MAIL, visitor_id=ALICE),
        cart("c1", "tea", MAIL),
        VisitorRecognized(visitor_id=ALICE, customer_external_id="a1", version_at=MONDAY),
    ]
    said = {"purpose": Purpose.EMAIL_MARKETING, "is_given": True, "email": MAIL, "source": "checkout"}
    forget_live(wiring, people, emails=MAIL)

    tell(wiring, people, *facts, ConsentChanged(**said, occurred_at=MONDAY))
    with wiring.db.of_shop(people) as session:
        assert session.scalars(select(Customer.external_id)).all() == ["b2"]
        assert not consent.may_mail(session, people, MAIL).is_allowed
        assert session.scalars(select(Order.email).where(Order.external_id == "o1")).one() is None

    tell(wiring, people, ConsentChanged(**said, occurred_at=wiring.clock() + timedelta(seconds=5)))
    with wiring.db.of_shop(people) as session:
        assert consent.may_mail(session, people, MAIL).is_allowed


def test_bodies_that_name_the_person_are_emptied_and_no_others(wiring, people):
    placed = {"currency": "GBP", "total": "4.50", "placed_at": "2026-11-16T09:00:00Z", "state": "placed",
              "changed_at": "2026-11-16T09:00:00Z", "lines": []}  # fmt: skip
    theirs = [
        deliver(wiring, people, {"type": "order.changed", "data": {"id": "o1", "customer_id": "a1", **placed}}),
        deliver(wiring, people, b'{"type": "x", "data": {"email": "A1\\u0040Example.com"}}', state="quarantined"),
        deliver(wiring, people, b"not json, phone +44 (20) 7999-9999", state="quarantined"),
        deliver(wiring, people, b"email=a1%40example.com", state="nothing"),
    ]
    others = [
        deliver(wiring, people, {"type": "order.changed", "data": {"id": "o3", "email": "b2@example.com", **placed}}),
        deliver(wiring, people, {"type": "x", "data": {"email": "aa1@example.com.au"}}, state="quarantined"),
        deliver(wiring, people, {"type": "x", "data": {"number": "a1"}}, state="quarantined"),
    ]

    done = forget_live(wiring, people, emails=MAIL)

    kept = bodies(wiring, people)
    assert {one for one, body in kept.items() if body is None} == set(theirs)
    assert all(kept[one] for one in others)
    assert done.found["deliveries"] == len(theirs)


def test_what_still_waits_is_taken_in_without_the_person_before_the_wish_is_over(wiring, people):
    deliver(wiring, people, b"{}", state="waiting")
    done = forget(wiring, people, emails=MAIL)

    assert (done.state, done.subject is None) == ("waiting", False)
    assert "taken in" in done.reason


def test_rows_that_were_set_aside_and_name_the_person_go(wiring, people):
    raws = ["o9,2026-13-01,tea,1,4.50,a1@EXAMPLE.com", "o9,x,tea,1,4.50,b2@example.com", "o1,x,tea,1,4.50,a1,",
            "o3,x,tea,1,4.50,b2,", "o7,x,a1,1,4.50,,"]  # fmt: skip
    with wiring.db.of_shop(people) as session:
        row = Import(shop_id=people, kind="orders", path="/gone", file_name="gone.csv", file_digest="", state="done")
        session.add(row)
        session.flush()
        for number, raw in enumerate(raws):
            session.add(SetAsideRow(shop_id=people, import_id=row.id, row_number=number, reason="no date", raw=raw))

    forget_live(wiring, people, emails=MAIL)

    with wiring.db.of_shop(people) as session:
        assert session.scalars(select(SetAsideRow.raw).order_by(SetAsideRow.row_number)).all() == [
            raws[1],
            raws[3],
            raws[4],
        ]


def test_a_hand_over_that_is_under_way_is_waited_for_and_never_settled_nor_sent_again(wiring, people):
    message(wiring, people, MAIL, "c1")
    with wiring.db.of_shop(people) as session:
        (one,) = outbox.claim(session, people, most=5)
    wish_id = ask(wiring, people, emails=MAIL)
    going = outbox.Going(email=MAIL, message_key="k", subject="s", content={}, cart_version_at=MONDAY,
                         customer_external_id="a1")  # fmt: skip
    with ThreadPoolExecutor(1) as pool:
        with wiring.db.of_shop(people) as session:
            assert outbox.hold(session, people, one)
            assert consent.may_mail(session, people, MAIL).is_allowed
            erasing = pool.submit(forgetting.fulfil_wish, people, wish_id, wiring=wiring)
            wait([erasing], timeout=0.5)
            assert not erasing.done()
            assert outbox.write_sending(session, people, one, going)
        erasing.result()

    with wiring.db.of_shop(people) as session:
        assert session.scalars(select(Message)).all() == []
        assert not outbox.settle(session, people, one, outbox.End(MessageState.SENT, Note.HANDED_OVER))
        assert outbox.claim(session, people, most=5) == []
    assert wish(wiring, people, wish_id).live_erased_at is not None


def test_a_message_claimed_before_is_not_handed_over_after(wiring, people):
    message(wiring, people, MAIL, "c1")
    with wiring.db.of_shop(people) as session:
        (one,) = outbox.claim(session, people, most=5)

    forget_live(wiring, people, emails=MAIL)

    with wiring.db.of_shop(people) as session:
        assert outbox.hold(session, people, one) is None


def test_facts_written_by_whoever_did_not_see_the_stones_go_too(wiring, people):
    wish_id = ask(wiring, people, emails=MAIL)
    with ThreadPoolExecutor(1) as pool:
        with wiring.db.of_shop(people) as session:
            session.add(Customer(shop_id=people, external_id="late", email=MAIL, version_at=MONDAY, version_digest=b""))
            session.flush()
            erasing = pool.submit(forgetting.fulfil_wish, people, wish_id, wiring=wiring)
            wait([erasing], timeout=0.5)
            assert not erasing.done()
        erasing.result()

    with wiring.db.of_shop(people) as session:
        assert session.scalars(select(Customer.external_id)).all() == ["b2"]


def test_a_phone_alone_names_somebody_only_where_nobody_else_has_it(wiring, people):
    forget_live(wiring, people, phones=SHARED_PHONE)
    with wiring.db.of_shop(people) as session:
        assert sorted(session.scalars(select(Customer.external_id))) == ["a1", "b2"]

    forget_live(wiring, people, phones="+442079999999")
    with wiring.db.of_shop(people) as session:
        assert session.scalars(select(Customer.external_id)).all() == ["b2"]


def test_a_browser_that_was_forgotten_stays_so_when_a_late_order_names_it(wiring, people, client):
    client.post("/v1/visitors/forget", json={"shop": "harbour-tea", "visitor": ALICE})
    tell(wiring, people, order("o8", "tea", "a1", visitor_id=ALICE, at=wiring.clock()))

    with wiring.db.of_shop(people) as session:
        late = session.scalars(select(Order).where(Order.external_id == "o8")).one()
        assert (late.visitor_key, late.customer_external_id) == (None, "a1")
        assert (
            session.scalars(text("SELECT visitor_key FROM visitor_links WHERE customer_external_id = 'a1'")).all() == []
        )

    yes = {"shop": "harbour-tea", "visitor": ALICE, "events": [{"type": "consent_given"}]}
    client.post("/v1/events", json=yes)
    tell(wiring, people, order("o9", "tea", "a1", visitor_id=ALICE, at=wiring.clock()))
    with wiring.db.of_shop(people) as session:
        later = session.scalars(select(Order).where(Order.external_id == "o9")).one()
        assert later.visitor_key == visitor_key(ALICE)


def test_whoever_typed_anothers_address_into_a_cart_cannot_have_them_forgotten(wiring, people):
    tell(wiring, people, customer("mallory"), cart("c9", "tea", MAIL, customer_external_id="mallory"))
    with wiring.db.of_shop(people) as session:
        subject = known(customers="mallory", emails="mallory@example.com")
        wish_id = request_erasure(session, people, subject, "shopper")
    forgetting.fulfil_wish(people, wish_id, wiring=wiring)

    with wiring.db.of_shop(people) as session:
        assert sorted(session.scalars(select(Customer.external_id))) == ["a1", "b2"]
        assert sorted(session.scalars(select(Cart.external_id))) == ["c1", "c2"]
        assert consent.may_mail(session, people, MAIL).is_allowed


def test_a_row_of_anothers_account_loses_the_address_and_stays_theirs(wiring, people):
    tell(wiring, people, order("o5", "tea", "b2", email=MAIL))
    with wiring.db.of_shop(people) as session:
        wish_id = request_erasure(session, people, known(customers="a1", emails=MAIL), "shopper")
    forgetting.fulfil_wish(people, wish_id, wiring=wiring)

    with wiring.db.of_shop(people) as session:
        bobs = session.scalars(select(Order).where(Order.external_id == "o5")).one()
        assert (bobs.customer_external_id, bobs.email) == ("b2", None)
        assert session.scalars(select(Order.email).where(Order.external_id == "o3")).one() == "b2@example.com"
        assert session.scalars(select(Customer.external_id)).all() == ["b2"]


def test_whatever_is_told_later_of_a_forgotten_persons_order_names_nobody(wiring, people):
    forget_live(wiring, people, emails=MAIL)
    refund = {"external_id": "r2", "order_external_id": "o1", "amount_minor": 1, "currency": "GBP", "made_at": MONDAY}
    later = order("o1", "tea", None, email="alice@elsewhere.example", version_at=wiring.clock())
    tell(wiring, people, RefundMade(**refund, reason="Alice again"), later)

    with wiring.db.of_shop(people) as session:
        assert session.scalars(select(Order.email).where(Order.external_id == "o1")).one() is None
        assert session.scalars(text("SELECT reason FROM refunds")).all() == ["", ""]


def test_whoever_gets_a_forgotten_persons_phone_or_uses_a_forgotten_browser_is_not_forgotten(wiring, people, client):
    client.post("/v1/visitors/forget", json={"shop": "harbour-tea", "visitor": BOB})
    forget_live(wiring, people, emails=MAIL)
    later = wiring.clock()
    tell(
        wiring,
        people,
        customer("new", phone="+442079999999", at=later),
        cart("c8", "tea", "b2@example.com", visitor_id=BOB, at=later),
        cart("c9", "tea", None, visitor_id=BOB, at=later),
    )

    with wiring.db.of_shop(people) as session:
        assert session.execute(select(Customer.phone).where(Customer.external_id == "new")).one() == (None,)
        carts = session.execute(select(Cart.external_id, Cart.visitor_key).where(Cart.version_at == later)).all()
        assert [tuple(one) for one in carts] == [("c8", None)]


def test_what_nobody_can_read_is_not_kept_when_it_names_somebody_forgotten(wiring, people):
    forget_live(wiring, people, emails=MAIL)
    theirs = deliver(wiring, people, b'{"type": "x", "data": {"email": "A1\\u0040example.com"}}', state="waiting")
    others = deliver(wiring, people, b'{"type": "x", "data": {"email": "b2@example.com"}}', state="waiting")
    body = {"type": "order.changed", "data": {"id": "o1", "mail": MAIL}}
    assert deliver(wiring, people, body, state="waiting")

    drain_deliveries(people, wiring=wiring)

    kept = bodies(wiring, people)
    assert [one for one, told in kept.items() if told is not None] == [others]
    assert theirs in kept


def test_a_deletion_that_comes_after_the_forgetting_leaves_no_number_behind(wiring, people):
    forget(wiring, people, emails=MAIL)

    tell(wiring, people, CustomerDeleted(external_id="a1"), CustomerDeleted(external_id="b2"))

    with wiring.db.of_shop(people) as session:
        reports = session.execute(text("SELECT external_id FROM deletion_reports WHERE kind = 'customer'"))
        assert reports.scalars().all() == ["b2"]


def test_letters_caught_here_go_however_their_address_is_written_and_so_do_tests_about_somebody(wiring, people):
    tell(wiring, people, cart("c9", "tea", "zoe@bücher.example"))
    folder = wiring.settings.data_dir / FOLDER
    folder.mkdir()
    letters = {"zoe@xn--bcher-kva.example": "", "ed@harbour.example": "gone", "b2@example.com": ""}
    for number, (to, key) in enumerate(letters.items()):
        told = f"To: {to}\r\nX-Regulars-Shop: harbour-tea\r\n" + (f"Message-ID: <{key}@h.example>\r\n" if key else "")
        (folder / f"{number:020d}-00000000.eml").write_text(f"{told}\r\nHello\r\n")

    forget(wiring, people, emails="zoe@bücher.example")

    (left,) = list_caught(wiring.settings.data_dir, "harbour-tea")
    assert left.to == "b2@example.com"
