"""Figures of many people at once: what counts, what does not, and that they say what a person's own page says."""

from datetime import timedelta

import pytest
from sqlalchemy import func, select, text

from app import consent
from app.identity import known
from app.models import InterestAnswer, Order, Profile, ProfileName, Shop, ShopRhythm, Stage
from app.models.browsing import visitor_key
from app.profiles import facts, rhythm
from app.profiles.profile import read_profile
from plugins.events import OrderState, Purpose, RefundMade, SuppressionReason, VisitorRecognized
from tests.app.cast import ALICE, MONDAY, agree, customer, order

HER = "alice@example.com"
DAY = timedelta(days=1)


def know(wiring, shop_id, *names, **more):
    """Keep a profile under names, each (kind, name), and return its id."""
    with wiring.db.of_shop(shop_id) as session:
        profile = Profile(shop_id=shop_id, **more)
        session.add(profile)
        session.flush()
        for kind, name in names:
            told = {"kind": kind, "name": name, "profile_id": profile.id, "home_id": profile.id, "because": "test"}
            session.merge(ProfileName(shop_id=shop_id, **told))
        return profile.id


def figures(wiring, shop_id, profile_id, *, is_anew=True):
    with wiring.db.of_shop(shop_id) as session:
        if is_anew:
            facts.keep_figures(session, shop_id, [profile_id])
        return session.get_one(Profile, (shop_id, profile_id), populate_existing=True)


def refund(of, minor, currency="GBP", number="1"):
    return RefundMade(
        external_id=number, order_external_id=of, amount_minor=minor, currency=currency, made_at=MONDAY + DAY
    )


@pytest.fixture
def alice(wiring, harbour):
    return know(wiring, harbour, ("customer", "alice"), ("email", HER), ("visitor", visitor_key(ALICE).hex()))


def test_one_order_is_counted_and_makes_somebody_new(stage, alice):
    stage.tell(order("1", "a b", "alice", country="GB"))

    one = figures(stage.wiring, stage.shop_id, alice)

    assert (one.orders_count, one.spent_minor, one.refunded_minor, one.other_currencies) == (1, 900, 0, 0)
    assert (one.first_order_at, one.last_order_at, one.usual_gap_days) == (MONDAY, MONDAY, None)
    assert (one.stage, one.stage_since, one.country) == (Stage.NEW, MONDAY, "GB")
    assert one.look_again_at == MONDAY + 180 * DAY


def test_an_account_without_orders_has_never_bought_and_no_scores(stage, alice):
    one = figures(stage.wiring, stage.shop_id, alice)

    assert (one.stage, one.orders_count, one.money_score, one.look_again_at) == (Stage.NEVER_BOUGHT, 0, None, None)


def test_the_account_owns_an_order_then_the_address_and_an_empty_account_is_none(stage, alice):
    stage.tell(
        order("1", "a", "alice", email="other@example.com"),
        order("2", "a", None, email=HER),
        order("3", "a", "", email=HER),
        order("4", "a", "bob", email=HER),
        order("5", "a"),
    )

    assert figures(stage.wiring, stage.shop_id, alice).orders_count == 3


def test_refunds_come_off_and_what_is_given_back_whole_was_no_order(stage, alice):
    stage.tell(
        order("1", "a b", "alice"), refund("1", 100),
        order("2", "a", "alice", at=MONDAY + DAY), refund("2", 9999),
        order("3", "a", "alice", state=OrderState.REFUNDED),
        order("4", "a", "alice", state=OrderState.CANCELLED),
        order("5", "a", "alice", state=OrderState.UNPAID),
        order("6", "a", "alice", state=OrderState.PENDING),
    )  # fmt: skip

    one = figures(stage.wiring, stage.shop_id, alice)

    assert (one.orders_count, one.spent_minor, one.refunded_minor) == (2, 800 + 450, 100 + 9999)
    assert one.last_order_at == MONDAY


def test_money_in_another_currency_is_set_aside(stage, alice):
    stage.tell(order("1", "a", "alice"), order("2", "a", "alice"), refund("1", 50, "EUR"), refund("2", 60, "EUR", "2"))
    with stage.wiring.db.of_shop(stage.shop_id) as session:
        session.execute(text("UPDATE orders SET currency = 'EUR' WHERE external_id = '2'"))

    one = figures(stage.wiring, stage.shop_id, alice)

    assert (one.orders_count, one.spent_minor, one.refunded_minor, one.other_currencies) == (2, 450, 0, 1)


def test_the_usual_gap_is_the_median_over_days_of_the_shop(stage, alice):
    days = (0, 0, 2, 12, 16)  # gaps 2, 10 and 4
    start = MONDAY - 20 * DAY
    stage.tell(
        *(order(str(n), "a", "alice", at=start + day * DAY + n * timedelta(hours=1)) for n, day in enumerate(days))
    )

    one = figures(stage.wiring, stage.shop_id, alice)

    assert (one.usual_gap_days, one.stage) == (4.0, Stage.LOYAL)


def test_midnight_is_the_shops(stage, alice):
    late = MONDAY.replace(hour=23, minute=30)
    stage.tell(order("1", "a", "alice", at=late - DAY), order("2", "a", "alice", at=late - DAY + timedelta(hours=2)))
    assert figures(stage.wiring, stage.shop_id, alice).usual_gap_days == 1.0

    with stage.wiring.db.of_nobody() as session:
        session.get_one(Shop, stage.shop_id).time_zone = "Europe/Berlin"

    assert figures(stage.wiring, stage.shop_id, alice).usual_gap_days is None


def test_an_order_dated_tomorrow_counts_as_one_of_now(stage, alice):
    stage.tell(order("1", "a", "alice", at=MONDAY + 40 * DAY))

    one = figures(stage.wiring, stage.shop_id, alice)

    assert (one.stage, one.stage_since) == (Stage.NEW, stage.clock.now)


def test_a_stage_keeps_its_beginning_while_it_lasts_and_changes_with_time_alone(stage, alice):
    stage.tell(order("1", "a", "alice"))
    began = figures(stage.wiring, stage.shop_id, alice).stage_since
    stage.clock.to(MONDAY + 100 * DAY)
    assert figures(stage.wiring, stage.shop_id, alice).stage_since == began

    stage.clock.to(MONDAY + 200 * DAY)
    one = figures(stage.wiring, stage.shop_id, alice)

    assert (one.stage, one.stage_since, one.look_again_at) == (Stage.AT_RISK, MONDAY + 180 * DAY, MONDAY + 360 * DAY)


def test_a_cart_left_is_one_that_became_no_order(stage, alice):
    stage.leave("c1", email=HER, at=MONDAY)
    stage.leave("c2", email=HER, customer_external_id="bob", at=MONDAY + DAY)
    assert figures(stage.wiring, stage.shop_id, alice).cart_left_at == MONDAY

    stage.tell(order("1", "a", "bob", cart_external_id="c1"))
    assert figures(stage.wiring, stage.shop_id, alice).cart_left_at is None

    stage.leave("c3", email=HER, at=MONDAY + DAY)
    assert figures(stage.wiring, stage.shop_id, alice).cart_left_at == MONDAY + DAY

    stage.tell(order("2", "a", "alice", at=MONDAY + 2 * DAY))
    assert figures(stage.wiring, stage.shop_id, alice).cart_left_at is None


def test_only_browsers_that_agreed_are_seen_and_old_looks_fade(stage, alice):
    look = text("""
        INSERT INTO browsing_events (shop_id, occurred_at, visitor_key, kind)
        VALUES (:shop_id, :at, :key, 'item_viewed')
    """)
    with stage.wiring.db.of_shop(stage.shop_id) as session:
        agree(session, stage.shop_id, visitor_key(ALICE))
        for days in (1, 2, 40):
            at = stage.clock.now - days * DAY
            session.execute(look, {"shop_id": stage.shop_id, "at": at, "key": visitor_key(ALICE)})
    one = figures(stage.wiring, stage.shop_id, alice)
    assert (one.views_30, one.look_again_at) == (2, stage.clock.now + 28 * DAY)
    assert one.last_seen_at is not None

    with stage.wiring.db.of_shop(stage.shop_id) as session:
        agree(session, stage.shop_id, visitor_key(ALICE), is_given=False)

    one = figures(stage.wiring, stage.shop_id, alice)
    assert (one.views_30, one.last_seen_at, one.may_personalize) == (0, None, False)


def test_a_guest_is_somebody_without_an_account(stage, alice):
    guest = know(stage.wiring, stage.shop_id, ("email", "g@example.com"))
    stage.tell(order("1", "a", email="g@example.com"), customer("alice", country="FR"), order("2", "a", "alice"))

    one, other = (figures(stage.wiring, stage.shop_id, who) for who in (guest, alice))

    assert (one.is_guest, one.orders_count, one.country) == (True, 1, None)
    assert (other.is_guest, other.orders_count, other.country) == (False, 1, "FR")


def test_mail_is_allowed_by_their_own_yes_and_not_after_a_stop(stage, alice):
    assert not figures(stage.wiring, stage.shop_id, alice).may_mail
    stage.subscribe(HER)
    assert figures(stage.wiring, stage.shop_id, alice).may_mail

    with stage.wiring.db.of_shop(stage.shop_id) as session:
        consent.suppress(session, stage.shop_id, consent.Stop(HER, SuppressionReason.COMPLAINED, "test", MONDAY))

    assert not figures(stage.wiring, stage.shop_id, alice).may_mail


@pytest.mark.parametrize("is_unasked_allowed", [True, False])
@pytest.mark.parametrize("word", [None, True, False])
@pytest.mark.parametrize("browser", [None, True, False])
def test_a_choice_of_their_own_is_allowed_as_the_law_says_on_their_page(
    stage, alice, is_unasked_allowed, word, browser
):
    with stage.wiring.db.of_shop(stage.shop_id) as session:
        session.get_one(Shop, stage.shop_id).learns_from_imported = is_unasked_allowed
        if word is not None:
            said = {"purpose": Purpose.PERSONALIZATION, "is_given": word, "source": "test"}
            consent.record(session, stage.shop_id, consent.Word(**said, customer_external_id="alice"))
        if browser is not None:
            agree(session, stage.shop_id, visitor_key(ALICE), is_given=browser)
    who = known(customers="alice", emails=HER, visitors=[visitor_key(ALICE)])
    with stage.wiring.db.of_shop(stage.shop_id) as session:
        page = read_profile(session, stage.shop_id, who, is_unasked_allowed=is_unasked_allowed)

    assert figures(stage.wiring, stage.shop_id, alice).may_personalize == page.standing.personal.is_allowed


def test_a_browser_that_is_theirs_by_a_sign_in_speaks_for_the_account(stage, alice):
    stage.tell(VisitorRecognized(visitor_id=ALICE, customer_external_id="linked", version_at=MONDAY))
    linked = know(stage.wiring, stage.shop_id, ("customer", "linked"))
    with stage.wiring.db.of_shop(stage.shop_id) as session:
        agree(session, stage.shop_id, visitor_key(ALICE), is_given=False)

    assert not figures(stage.wiring, stage.shop_id, linked).may_personalize


@pytest.mark.parametrize(("word", "is_unasked_allowed", "allowed"), [
    (None, True, True), (None, False, False), (True, False, True), (False, True, False),
])  # fmt: skip
def test_a_guest_is_asked_by_the_address(stage, word, is_unasked_allowed, allowed):
    guest = know(stage.wiring, stage.shop_id, ("email", "g@example.com"))
    with stage.wiring.db.of_shop(stage.shop_id) as session:
        session.get_one(Shop, stage.shop_id).learns_from_imported = is_unasked_allowed
        if word is not None:
            said = {"purpose": Purpose.PERSONALIZATION, "is_given": word, "source": "test"}
            consent.record(session, stage.shop_id, consent.Word(**said, email="g@example.com"))

    assert figures(stage.wiring, stage.shop_id, guest).may_personalize == allowed


def test_the_newest_word_on_an_interest_counts_under_whichever_name(stage, alice):
    said = (("oolong", "alice", None, True, 0), ("green", None, HER, True, 0), ("green", "alice", None, False, 1),
            ("black", None, HER, True, 0), ("rooibos", "bob", HER, True, 0))  # fmt: skip
    with stage.wiring.db.of_shop(stage.shop_id) as session:
        for key, account, email, is_liked, days in said:
            told = {"key": key, "customer_external_id": account, "email": email, "is_liked": is_liked}
            session.add(InterestAnswer(shop_id=stage.shop_id, said_at=MONDAY + days * DAY, **told))

    assert figures(stage.wiring, stage.shop_id, alice).interests == ["black", "oolong"]


def test_figures_agree_with_what_the_persons_own_page_adds_up(stage, alice):
    stage.tell(*(order(str(n), "a " * (1 + n % 3), "alice", at=MONDAY - n * DAY) for n in range(9)))
    stage.tell(order("mail", "a", email=HER), order("bobs", "a", "bob", email=HER), refund("1", 20), refund("2", 30))
    with stage.wiring.db.of_shop(stage.shop_id) as session:
        page = read_profile(session, stage.shop_id, known(customers="alice", emails=HER), is_unasked_allowed=True)

    one = figures(stage.wiring, stage.shop_id, alice)

    (spent,) = page.spent
    assert (one.orders_count, one.spent_minor + one.refunded_minor) == (spent.orders, spent.total_minor)
    assert (one.first_order_at, one.last_order_at) == (page.first_at, page.last_at)


def test_somebody_with_ten_thousand_orders_is_one_person(stage, alice):
    many = text("""
        INSERT INTO orders (shop_id, external_id, customer_external_id, state, currency, total_minor, placed_at,
            version_at, version_digest)
        SELECT :shop_id, n, 'alice', 'placed', 'GBP', 100, CAST(:at AS timestamptz) - n * interval '1 hour', now(), ''
        FROM generate_series(0, 9999) AS n
    """)
    with stage.wiring.db.of_shop(stage.shop_id) as session:
        session.execute(many, {"shop_id": stage.shop_id, "at": MONDAY})

    one = figures(stage.wiring, stage.shop_id, alice)

    assert (one.orders_count, one.spent_minor, one.usual_gap_days, one.stage) == (10_000, 10**6, 1.0, Stage.LOYAL)


def test_nobody_is_nobody_and_a_merged_profile_keeps_what_it_had(stage, alice):
    gone = know(stage.wiring, stage.shop_id, merged_into_id=alice, orders_count=7)
    with stage.wiring.db.of_shop(stage.shop_id) as session:
        facts.keep_figures(session, stage.shop_id, [])
        facts.keep_figures(session, stage.shop_id, [gone, 999_999])

    assert figures(stage.wiring, stage.shop_id, gone, is_anew=False).orders_count == 7


def test_eve_counts_nothing_of_the_other_shop(stage, linden, alice):
    stage.tell(order("1", "a", "alice"))
    eves = know(stage.wiring, linden, ("customer", "alice"), ("email", HER))
    with stage.wiring.db.of_shop(linden) as session:
        facts.keep_figures(session, linden, [alice, eves])

    assert figures(stage.wiring, linden, eves).orders_count == 0
    assert figures(stage.wiring, stage.shop_id, alice, is_anew=False).refreshed_at is not None
    assert figures(stage.wiring, stage.shop_id, alice, is_anew=False).orders_count == 0


@pytest.fixture
def crowd(stage):
    """Forty people; the first has ordered forty times, the last once, each every so many days as has their number."""
    people = [know(stage.wiring, stage.shop_id, ("customer", f"c{n}")) for n in range(40)]
    stage.tell(
        *(
            order(f"{n}-{k}", "a", f"c{n}", at=MONDAY - n * DAY - k * (n + 1) * DAY)
            for n in range(40)
            for k in range(40 - n)
        )
    )
    return people


def test_a_shops_rhythm_is_counted_when_there_is_none_yet_and_divides_buyers_into_fifths(stage, crowd):
    with stage.wiring.db.of_shop(stage.shop_id) as session:
        facts.keep_figures(session, stage.shop_id, crowd)
        kept = session.get_one(ShopRhythm, stage.shop_id)
        scores = session.execute(
            select(Profile.recency_score, Profile.frequency_score, Profile.money_score).order_by(Profile.id)
        ).all()

    assert (kept.people, kept.gap_days) == (40, 20.0)
    assert [row[0] for row in scores] == [5] * 8 + [4] * 8 + [3] * 8 + [2] * 8 + [1] * 8
    assert all(row[0] == row[1] == row[2] for row in scores)


def test_scores_follow_the_daily_count_and_everybody_is_looked_at_again_when_the_gap_moves(stage, crowd):
    with stage.wiring.db.of_shop(stage.shop_id) as session:
        facts.keep_figures(session, stage.shop_id, crowd)
        rhythm.keep_rhythm(session, stage.shop_id)
        again = select(func.count()).where(Profile.look_again_at <= stage.clock.now)
        assert session.scalar(again) == 0

        session.execute(text("UPDATE orders SET placed_at = placed_at - 3 * (now() - placed_at)"))
        session.execute(text("UPDATE profiles SET money_score = 1"))
        rhythm.keep_rhythm(session, stage.shop_id)

        assert session.scalar(again) == 40
        assert session.scalar(select(func.count()).where(Profile.money_score == 5)) == 8


def test_the_rhythm_is_counted_daily_and_when_many_more_have_bought(stage, crowd):
    with stage.wiring.db.of_shop(stage.shop_id) as session:
        facts.keep_figures(session, stage.shop_id, crowd)
        rhythm.keep_rhythm(session, stage.shop_id)
        assert not rhythm.is_rhythm_due(session, stage.shop_id)
        session.execute(text("UPDATE shop_rhythms SET people = people / 2"))
        assert rhythm.is_rhythm_due(session, stage.shop_id)
        session.execute(text("UPDATE shop_rhythms SET people = people * 2, counted_at = counted_at - interval '1 day'"))
        assert rhythm.is_rhythm_due(session, stage.shop_id)


def test_whoever_was_on_the_storefront_since_is_looked_at_again(stage, alice):
    with stage.wiring.db.of_shop(stage.shop_id) as session:
        agree(session, stage.shop_id, visitor_key(ALICE))
        rhythm.keep_rhythm(session, stage.shop_id)
        assert session.get_one(Profile, (stage.shop_id, alice)).look_again_at == stage.clock.now
    assert figures(stage.wiring, stage.shop_id, alice).look_again_at is None

    with stage.wiring.db.of_shop(stage.shop_id) as session:
        rhythm.keep_rhythm(session, stage.shop_id)
    assert figures(stage.wiring, stage.shop_id, alice, is_anew=False).look_again_at is None


def test_too_few_people_tell_nothing_of_a_shop(stage, alice):
    stage.tell(order("1", "a", "alice", at=MONDAY - 3 * DAY), order("2", "a", "alice"))
    figures(stage.wiring, stage.shop_id, alice)

    with stage.wiring.db.of_shop(stage.shop_id) as session:
        rhythm.keep_rhythm(session, stage.shop_id)
        kept = session.get_one(ShopRhythm, stage.shop_id)

    assert (kept.people, kept.gap_days, kept.money_cuts) == (1, None, [900] * 4)


def test_a_shop_without_orders_has_a_rhythm_of_nothing(stage, linden):
    with stage.wiring.db.of_shop(linden) as session:
        rhythm.keep_rhythm(session, linden)
        kept = session.get_one(ShopRhythm, linden)
        assert session.scalar(select(func.count()).select_from(Order)) == 0

    assert (kept.people, kept.gap_days, kept.recency_cuts) == (0, None, [])


@pytest.mark.parametrize(("value", "fifth"), [(0, 1), (1, 1), (2, 3), (9, 5)])
def test_whoever_lies_on_a_cut_off_is_in_the_lower_fifth(value, fifth):
    assert rhythm.score(value, [1, 1, 3, 8]) == fifth
