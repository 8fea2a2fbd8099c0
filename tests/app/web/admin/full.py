"""A shop with something on every page, some of it hostile."""

from datetime import timedelta
from uuid import uuid4

from sqlalchemy import select

from app.models import (
    BrowsingCount,
    Campaign,
    Cart,
    Customer,
    Delivery,
    Erasure,
    Import,
    Impression,
    Item,
    ItemRule,
    MailSender,
    Message,
    Order,
    Prediction,
    PredictorVersion,
    Profile,
    ProfileMerge,
    ProfileName,
    RankerVersion,
    Segment,
    SegmentMember,
    SetAsideRow,
    Training,
)

EVIL = "<script>alert('x')</script>"


def fill(wiring, shop_id):
    """Put rows on every page of a shop; return their ids by name."""
    now = wiring.clock()
    mark = {"version_at": now, "version_digest": b"x"}
    with wiring.db.of_shop(shop_id) as session:
        item = Item(
            shop_id=shop_id,
            external_id="TEA-7",
            title=f"Assam {EVIL}",
            url="https://harbour-tea.example/tea",
            price_minor=895,
            currency="GBP",
            state="on_sale",
            stock_version_at=now,
            stock_version_digest=b"x",
            **mark,
        )
        customer = Customer(shop_id=shop_id, external_id="c42", email="alice@example.com", first_name=EVIL, **mark)
        order = Order(
            shop_id=shop_id,
            external_id="1001",
            customer_external_id="c42",
            state="placed",
            currency="GBP",
            total_minor=895,
            placed_at=now - timedelta(days=1),
            **mark,
        )
        delivery = Delivery(
            shop_id=shop_id,
            platform="woocommerce",
            topic=f"order.updated{EVIL}",
            idempotency_key="k",
            headers={"x-wc-webhook-id": EVIL},
            body=f'{{"title": "{EVIL}"}}'.encode(),
            state="quarantined",
            reason=f"Not an order: {EVIL}",
        )
        done = Import(
            shop_id=shop_id,
            kind="orders",
            path="x",
            file_name=f"{EVIL}.csv",
            file_digest="",
            state="done",
            rows_read=3,
            rows_accepted=1,
            rows_set_aside=2,
            finished_at=now,
        )
        failed = Import(
            shop_id=shop_id,
            kind="orders",
            path="x",
            file_name="broken.csv",
            file_digest="",
            state="failed",
            reason=f"No header {EVIL}",
            finished_at=now,
        )
        training = Training(
            shop_id=shop_id,
            cause="asked",
            state="done",
            progress=1.0,
            started_at=now - timedelta(seconds=80),
            finished_at=now,
        )
        session.add_all([item, customer, order, delivery, done, failed, training])
        session.add(Training(shop_id=shop_id, kind="simple", cause="asked", state="running", stage=f"Fitting {EVIL}"))
        session.flush()
        version = RankerVersion(
            shop_id=shop_id,
            training_id=training.id,
            artifact="none",
            method="blend",
            state="serving",
            reason=f"Home: {EVIL}",
            report=report(),
        )
        rule = ItemRule(shop_id=shop_id, item_id=item.id, placement="", kind="pin")
        session.add_all([version, rule])
        for number, raw in enumerate(('=HYPERLINK("evil")', f"-2+3,{EVIL}"), start=1):
            session.add(
                SetAsideRow(shop_id=shop_id, import_id=done.id, row_number=number, reason="@not a number", raw=raw)
            )
        session.add(Impression(shop_id=shop_id, id=uuid4(), placement="home", source="ranker", item_ids=[item.id]))
        session.add(BrowsingCount(shop_id=shop_id, day=now.date(), outcome="no_consent", count=7))
        message = write_messages(session, shop_id, now)
        segment = write_segment(session, shop_id, now)
        merge = write_merge(session, shop_id)
        named = {"emails": [f"alice{EVIL}@example.com"], "customers": ["c42"]}
        wish = Erasure(shop_id=shop_id, kind="show", asked_by="platform", subject=named, reason=EVIL)
        session.add(wish)
        session.flush()
        return {
            "message_id": message.id,
            "mail_name": "no.eml",
            "wish_id": wish.id,
            "kind": "customer",
            "row_id": customer.id,
            "item_id": item.id,
            "rule_id": rule.id,
            "delivery_id": delivery.id,
            "import_id": done.id,
            "training_id": training.id,
            "person_id": 1,
            "segment_id": segment.id,
            "merge_id": merge.id,
            "rest": "nothing",
        }


def write_segment(session, shop_id, now):
    """A segment that asks for much, with one person in it."""
    asked = {"any": [{"field": "country", "is": "is_not", "value": "DE"},
                     {"field": "spent", "is": "between", "value": [100, 90_000]},
                     {"field": "bought_item", "is": "is", "value": "TEA-7", "days": 90},
                     {"not": {"field": "interest", "is": "is", "value": EVIL}},
                     {"field": "stage", "is": "is_not", "value": "lapsed"}]}  # fmt: skip
    segment = Segment(shop_id=shop_id, key="own", name=f"Tea {EVIL}", condition=asked, counted_at=now)
    person = Profile(shop_id=shop_id, orders_count=1, spent_minor=895, last_order_at=now)
    session.add_all([segment, person])
    session.add(Segment(shop_id=shop_id, key="gone", name=EVIL, condition=asked, deleted_at=now))
    session.flush()
    told = {"shop_id": shop_id, "profile_id": person.id}
    session.add(SegmentMember(**told, segment_id=segment.id))
    session.add(ProfileName(**told, kind="customer", name="c42", home_id=person.id, because="account"))
    for kind in ("churn", "next_order", "value_365"):
        write_prediction(session, person, kind)
    return segment


def write_prediction(session, person, kind):
    """One kind of predictor with a report as trainings write them, and what it says of a person."""
    way = {"name": "w", "in_words": f"{EVIL} and everything else that orders say about a person, weighed"}
    figures = {"auc": 0.8, "brier": 0.1, "ece": 0.02} if kind == "churn" else {"mean_absolute_error": 1234.5}
    report = {
        "methods": [way | figures, way | figures | {"name": "v"}],
        "reliability": [{"said": 0.25, "happened": 0.27, "people": 189}] if kind == "churn" else [],
        "coverage": None if kind == "churn" else {"said": 0.8, "happened": 0.79},
        "people": 1883,
        "horizon_days": 63.0,
    }
    version = PredictorVersion(
        shop_id=person.shop_id, training_id=1, kind=kind, artifact="", method="w", state="serving", outcome="promoted",
        reason=f"Told by {EVIL}.", report=report,
    )  # fmt: skip
    session.add(version)
    session.flush()
    reason = {"feature": "days_since_last", "value": 41.0, "typical": 30.0, "effect": 0.2}
    prediction = Prediction(
        shop_id=person.shop_id, profile_id=person.id, kind=kind, value=0.6, low=0.5, high=0.7, is_known=True,
        reasons=[reason, reason | {"feature": "mean_amount"}], version_id=version.id,
        knew_order_at=person.last_order_at,
    )  # fmt: skip
    session.add(prediction)


def write_merge(session, shop_id):
    """Two profiles that became one."""
    into = session.scalars(select(Profile).limit(1)).one()
    source = Profile(shop_id=shop_id, merged_into_id=into.id)
    session.add(source)
    session.flush()
    evidence = {"names": [{"kind": "customer", "name": "c42"}, {"kind": "email", "name": f"alice{EVIL}@example.com"}]}
    merge = ProfileMerge(
        shop_id=shop_id, from_id=source.id, into_id=into.id, because="account_email", evidence=evidence
    )
    session.add(merge)
    session.flush()
    return merge


def write_messages(session, shop_id, now):
    """A campaign, a cart, a sender, and a message of every standing; return the one in doubt."""
    campaign = Campaign(
        shop_id=shop_id, kind="abandoned_cart", is_on=True, on_since=now, subject=EVIL, preheader=EVIL, text=EVIL
    )
    line = {"item_external_id": "TEA-7", "variant_external_id": None, "title": EVIL, "quantity": 2, "total_minor": 1790}
    cart = Cart(
        shop_id=shop_id,
        external_id="cart-1",
        stage="checkout",
        email=f"alice{EVIL}@example.com",
        customer_external_id="c42",
        currency="GBP",
        total_minor=1790,
        lines=[line],
        version_at=now - timedelta(hours=3),
        version_digest=b"x",
    )
    sender = MailSender(shop_id=shop_id, name=EVIL, email="shop@example.com", postal_address=f"1 Quay\n{EVIL}")
    session.add_all([campaign, cart, sender])
    session.flush()
    ends = [("sent", "accepted"), ("skipped", "never_asked"), ("skipped", "ordered"), ("planned", "quiet_hours")]
    ends += [("planned", "due"), ("planned", "server_away"), ("failed", "refused"), ("in_doubt", "line_broke")]
    messages = [message(shop_id, campaign.id, now, n, *end) for n, end in enumerate(ends)]
    session.add_all(messages)
    session.flush()
    return messages[-1]


def message(shop_id, campaign_id, now, number, state, reason):
    """One message as the outbox writes it."""
    at = now - timedelta(minutes=30)
    decisions = [
        {"at": (at - timedelta(minutes=5)).isoformat(), "what": "planned", "reason": "due"},
        {"at": at.isoformat(), "what": "deferred" if state == "planned" else state, "reason": reason, "times": 3,
         "last_at": now.isoformat(), "until": now.isoformat()},
    ]  # fmt: skip
    thing = {"title": f"Assam {EVIL}", "quantity": 2, "price": "£8.95"}
    return Message(
        shop_id=shop_id,
        campaign_id=campaign_id,
        cart_external_id=f"cart-{number}",
        cart_version_at=now - timedelta(hours=3),
        email=f"person{number}{EVIL}@example.com",
        state=state,
        reason=reason,
        decisions=decisions,
        planned_at=at,
        due_at=now + timedelta(hours=1),
        sending_at=at if state in ("sent", "in_doubt") else None,
        settled_at=at,
        sent_at=at if state == "sent" else None,
        message_key="key-of-the-message",
        reply=f"250 {EVIL}",
        subject=f"Your basket {EVIL}",
        content={"items": [thing], "recommendations": [{**thing, "reason": f"Often bought with {EVIL}"}]},
    )


def report():
    """A report as `recommender.train` writes it, one placement promoted and one refused."""

    def compared(rival, difference, low, high, *, is_passed):
        return {
            "rival": rival,
            "difference": difference,
            "low": low,
            "high": high,
            "questions": 900,
            "people": 700,
            "is_enough": True,
            "is_passed": is_passed,
        }

    def quality(task):
        return [
            {"ranker": name, "task": task, "ndcg_at_10": 0.3, "recall_at_20": 0.2, "coverage_at_10": 0.4}
            for name in ("recent_popularity", "factorization", "blend", "blend_without_lightfm")
        ]

    return {
        "windows": {"days": 30.0},
        "sizes": {"interactions": 1000, "people": 70, "items": 30, "baskets": 400, "guest_baskets": 10},
        "seconds": {"lightfm": 12.5},
        "peak_memory_mb": 140,
        "lightfm": {"is_absent": False, "reason": f"No compiler {EVIL}"},
        "purposes": {
            "home": {
                "outcome": "promoted",
                "is_promoted": True,
                "best_simple": "recent_popularity",
                "sentence": f"The new blend serves {EVIL}.",
                "comparisons": [compared("recent_popularity", 0.08, 0.07, 0.1, is_passed=True)],
                "quality": quality("home") + quality("home_new"),
                "brings": {"factorization": 0.02},
            },
            "cart": {
                "outcome": "kept",
                "is_promoted": False,
                "best_simple": "bought_together",
                "sentence": "What served before stays.",
                "comparisons": [compared("in_service", -0.01, -0.09, 0.03, is_passed=False)],
                "quality": quality("cart"),
                "brings": {},
            },
        },
    }
