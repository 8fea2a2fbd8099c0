"""People as we know them: one profile each, its names and figures, how names met, and which segments it is in.

A profile holds no name and no address itself: these stand in `profile_names`, so that forgetting has one place.
"""

from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import BigInteger, Date, DateTime, Float, Index, SmallInteger, Text, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import Mapped, mapped_column

from app.db import Row
from app.models.columns import Moment, NowMoment, RowKey, ShopKey


class Stage(StrEnum):
    """Where somebody stands with the shop. How each is counted: `app/profiles/stages.py`."""

    NEVER_BOUGHT = "never_bought"
    NEW = "new"
    ACTIVE = "active"
    LOYAL = "loyal"
    AT_RISK = "at_risk"
    LAPSED = "lapsed"
    WON_BACK = "won_back"


class Profile(Row):
    """One person, with the figures that segments, campaigns and pages ask by. Kept up with every fact.

    Money is in the shop's currency; what came in another is set aside in `other_currencies`.
    """

    __tablename__ = "profiles"
    __table_args__ = (
        Index("profiles_by_stage", "shop_id", "stage"),
        Index("profiles_by_last_order", "shop_id", "last_order_at"),
        Index("profiles_by_look", "shop_id", "look_again_at"),
    )

    shop_id: Mapped[ShopKey]
    id: Mapped[RowKey]
    merged_into_id: Mapped[int | None] = mapped_column(BigInteger)  # then its names are there, and it counts nowhere
    orders_count: Mapped[int] = mapped_column(server_default="0")  # placed ones, not cancelled, not wholly refunded
    spent_minor: Mapped[int] = mapped_column(BigInteger, server_default="0")  # of these, less what was given back
    refunded_minor: Mapped[int] = mapped_column(BigInteger, server_default="0")
    other_currencies: Mapped[int] = mapped_column(server_default="0")  # orders whose money is not counted
    first_order_at: Mapped[Moment | None]
    last_order_at: Mapped[Moment | None]
    usual_gap_days: Mapped[float | None] = mapped_column(Float)  # between their orders; of two orders or more
    last_seen_at: Mapped[Moment | None]  # on the storefront, where they agreed to be remembered
    views_30: Mapped[int] = mapped_column(server_default="0")
    cart_left_at: Mapped[Moment | None]  # the newest cart or checkout that became no order
    country: Mapped[str | None] = mapped_column(Text)
    is_guest: Mapped[bool] = mapped_column(server_default=text("true"))  # no account at the platform
    may_mail: Mapped[bool] = mapped_column(server_default=text("false"))
    may_personalize: Mapped[bool] = mapped_column(server_default=text("false"))
    interests: Mapped[list[str]] = mapped_column(ARRAY(Text), server_default="{}")  # what they said themselves: keys
    stage: Mapped[str] = mapped_column(Text, server_default=Stage.NEVER_BOUGHT)
    stage_since: Mapped[NowMoment]
    recency_score: Mapped[int | None] = mapped_column(SmallInteger)  # 1 to 5, 5 the fifth that bought last; buyers only
    frequency_score: Mapped[int | None] = mapped_column(SmallInteger)
    money_score: Mapped[int | None] = mapped_column(SmallInteger)
    look_again_at: Mapped[Moment | None]  # when time alone changes the stage or a segment
    created_at: Mapped[NowMoment]
    refreshed_at: Mapped[NowMoment]


class ProfileName(Row):
    """One name of a person, and the profile it belongs to now."""

    __tablename__ = "profile_names"
    __table_args__ = (Index("profile_names_by_profile", "shop_id", "profile_id"),)

    shop_id: Mapped[ShopKey]
    kind: Mapped[str] = mapped_column(Text, primary_key=True)  # app.identity.Kind: customer, email, visitor
    name: Mapped[str] = mapped_column(Text, primary_key=True)  # as it is compared; a visitor's key in hex
    profile_id: Mapped[int] = mapped_column(BigInteger)
    home_id: Mapped[int] = mapped_column(BigInteger)  # the profile it was first seen under: where it goes when undone
    because: Mapped[str] = mapped_column(Text)  # app.profiles.unions.Because
    since: Mapped[NowMoment]


class ProfileMerge(Row):
    """Two profiles became one, why, and whether a person took it back. An undone one is never done again by a fact."""

    __tablename__ = "profile_merges"
    __table_args__ = (
        Index("profile_merges_by_target", "shop_id", "into_id"),
        Index("profile_merges_by_source", "shop_id", "from_id"),
    )

    shop_id: Mapped[ShopKey]
    id: Mapped[RowKey]
    from_id: Mapped[int] = mapped_column(BigInteger)
    into_id: Mapped[int] = mapped_column(BigInteger)
    because: Mapped[str] = mapped_column(Text)  # app.profiles.unions.Because
    evidence: Mapped[dict[str, object]] = mapped_column(JSONB)  # the names that met, for words on the page
    merged_at: Mapped[NowMoment]
    undone_at: Mapped[Moment | None]
    undone_by: Mapped[int | None] = mapped_column(BigInteger)  # people.id


class ProfileNews(Row):
    """A name about which something was told that its profile has not heard yet. Written by the database's triggers."""

    __tablename__ = "profile_news"
    __table_args__ = (Index("profile_news_by_name", "shop_id", "kind", "name"),)

    shop_id: Mapped[ShopKey]
    id: Mapped[RowKey]
    kind: Mapped[str] = mapped_column(Text)
    name: Mapped[str] = mapped_column(Text)
    told_at: Mapped[NowMoment]


class ShopRhythm(Row):
    """How often people usually come to a shop, and where its buyers' fifths end. Counted daily; names nobody."""

    __tablename__ = "shop_rhythms"

    shop_id: Mapped[ShopKey]
    people: Mapped[int]  # who have bought
    gap_days: Mapped[float | None] = mapped_column(Float)  # None: too few people came twice
    recency_cuts: Mapped[list[datetime]] = mapped_column(ARRAY(DateTime(timezone=True)))  # four, ascending; none yet
    frequency_cuts: Mapped[list[int]] = mapped_column(ARRAY(BigInteger))
    money_cuts: Mapped[list[int]] = mapped_column(ARRAY(BigInteger))
    counted_at: Mapped[NowMoment]


class StageDay(Row):
    """How many people stood where at the end of a day of the shop, and what they had spent by then."""

    __tablename__ = "stage_days"

    shop_id: Mapped[ShopKey]
    day: Mapped[date] = mapped_column(Date, primary_key=True)
    stage: Mapped[str] = mapped_column(Text, primary_key=True)
    people: Mapped[int]
    spent_minor: Mapped[int] = mapped_column(BigInteger)


class CohortMonth(Row):
    """Of the people who first ordered in one month of the shop: how many ordered in another, and for how much."""

    __tablename__ = "cohort_months"

    shop_id: Mapped[ShopKey]
    first_month: Mapped[date] = mapped_column(Date, primary_key=True)  # both by their first day
    month: Mapped[date] = mapped_column(Date, primary_key=True)
    people: Mapped[int]
    spent_minor: Mapped[int] = mapped_column(BigInteger)
    counted_at: Mapped[NowMoment]


class Interest(Row):
    """Something a shopper may say they like, offered on their own page. The merchant writes the words."""

    __tablename__ = "interests"

    shop_id: Mapped[ShopKey]
    key: Mapped[str] = mapped_column(Text, primary_key=True)
    label: Mapped[str] = mapped_column(Text)
    is_offered: Mapped[bool] = mapped_column(server_default=text("true"))
    created_at: Mapped[NowMoment]


class InterestAnswer(Row):
    """A shopper's own word on an interest. Whose it is stands in an account or an address."""

    __tablename__ = "interest_answers"
    __table_args__ = (
        UniqueConstraint("shop_id", "key", "customer_external_id", "email", postgresql_nulls_not_distinct=True),
        Index("interest_answers_by_email", "shop_id", "email", postgresql_where=text("email IS NOT NULL")),
        Index(
            "interest_answers_by_customer",
            "shop_id",
            "customer_external_id",
            postgresql_where=text("customer_external_id IS NOT NULL"),
        ),
    )

    shop_id: Mapped[ShopKey]
    id: Mapped[RowKey]
    key: Mapped[str] = mapped_column(Text)
    customer_external_id: Mapped[str | None] = mapped_column(Text)
    email: Mapped[str | None] = mapped_column(Text)
    is_liked: Mapped[bool]
    said_at: Mapped[NowMoment]


class Segment(Row):
    """A named condition on people. A ready-made one may be changed; it keeps its key."""

    __tablename__ = "segments"
    __table_args__ = (UniqueConstraint("shop_id", "key"),)

    shop_id: Mapped[ShopKey]
    id: Mapped[RowKey]
    key: Mapped[str] = mapped_column(Text)  # of a ready-made one its own; else made of its name
    name: Mapped[str] = mapped_column(Text)
    is_ready_made: Mapped[bool] = mapped_column(server_default=text("false"))
    condition: Mapped[dict[str, object]] = mapped_column(JSONB)  # app.profiles.conditions
    created_at: Mapped[NowMoment]
    changed_at: Mapped[NowMoment]
    counted_at: Mapped[Moment | None]  # when its members were last taken all anew; None: not yet
    deleted_at: Mapped[Moment | None]  # then it has no members; a ready-made one stays so, and may be put back


class SegmentMember(Row):
    """A person who is in a segment now."""

    __tablename__ = "segment_members"
    __table_args__ = (Index("segment_members_by_profile", "shop_id", "profile_id"),)

    shop_id: Mapped[ShopKey]
    segment_id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    profile_id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    since: Mapped[NowMoment]


class SegmentMove(Row):
    """Somebody came into a segment or left it. Taking a changed segment's members all anew is no move of theirs."""

    __tablename__ = "segment_moves"
    __table_args__ = (
        Index("segment_moves_by_time", "shop_id", "segment_id", "moved_at"),
        Index("segment_moves_by_profile", "shop_id", "profile_id"),
    )

    shop_id: Mapped[ShopKey]
    id: Mapped[RowKey]
    segment_id: Mapped[int] = mapped_column(BigInteger)
    profile_id: Mapped[int] = mapped_column(BigInteger)
    is_in: Mapped[bool]
    moved_at: Mapped[Moment] = mapped_column(server_default=text("regulars_now()"))
