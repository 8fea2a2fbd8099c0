"""What is expected of people, items and the shop, by which version of which predictor, and what came of it."""

from datetime import date

from sqlalchemy import BigInteger, Date, Float, Index, Text, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from app.db import Row
from app.models.columns import Moment, NowMoment, RowKey, ShopKey


class PredictorVersion(Row):
    """A fitted predictor with its report: promoted, or refused with the reason. At most one of a kind serves."""

    __tablename__ = "predictor_versions"
    __table_args__ = (
        Index(
            "predictor_versions_one_serving",
            "shop_id",
            "kind",
            unique=True,
            postgresql_where=text("state = 'serving'"),
        ),
        Index("predictor_versions_by_kind", "shop_id", "kind", "id"),
    )

    shop_id: Mapped[ShopKey]
    id: Mapped[RowKey]
    training_id: Mapped[int] = mapped_column(BigInteger)
    kind: Mapped[str] = mapped_column(Text)  # recommender.prediction.predictor.Kind
    artifact: Mapped[str] = mapped_column(Text)  # a name in app.artifacts; empty when nothing can be said
    method: Mapped[str] = mapped_column(Text)
    state: Mapped[str] = mapped_column(Text)  # app.models.learning.RankerState
    outcome: Mapped[str] = mapped_column(Text)  # promoted, kept, simple, none
    reason: Mapped[str] = mapped_column(Text)
    report: Mapped[dict[str, object]] = mapped_column(JSONB)
    drift: Mapped[dict[str, object]] = mapped_column(JSONB, server_default="{}")  # the watch over its errors
    trained_at: Mapped[NowMoment]


class Prediction(Row):
    """What is expected of one person now. One row a person and kind."""

    __tablename__ = "predictions"
    __table_args__ = (Index("predictions_by_value", "shop_id", "kind", "value"),)

    shop_id: Mapped[ShopKey]
    profile_id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    kind: Mapped[str] = mapped_column(Text, primary_key=True)
    value: Mapped[float] = mapped_column(Float)  # a probability, orders, minor units, or days from made_at
    low: Mapped[float] = mapped_column(Float)
    high: Mapped[float] = mapped_column(Float)
    is_known: Mapped[bool]  # False: of the shop as a whole, because nothing can be said of this person
    reasons: Mapped[list[dict[str, object]]] = mapped_column(
        JSONB, server_default="[]"
    )  # feature, value, typical, effect
    version_id: Mapped[int] = mapped_column(BigInteger)
    made_at: Mapped[NowMoment]
    until: Mapped[Moment | None]  # the end of what it speaks of
    knew_order_at: Mapped[Moment | None]  # the last order it knew of; another one since, and it is made anew


class SaidPrediction(Row):
    """What was said of a person on the first day of a month, kept to be held against what happened."""

    __tablename__ = "said_predictions"
    __table_args__ = (Index("said_predictions_by_profile", "shop_id", "profile_id"),)

    shop_id: Mapped[ShopKey]
    said_on: Mapped[date] = mapped_column(Date, primary_key=True)
    kind: Mapped[str] = mapped_column(Text, primary_key=True)
    profile_id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    value: Mapped[float] = mapped_column(Float)
    low: Mapped[float] = mapped_column(Float)
    high: Mapped[float] = mapped_column(Float)
    said_at: Mapped[Moment]
    until: Mapped[Moment]
    happened: Mapped[float | None] = mapped_column(Float)  # None: not over yet, or (next_order) it did not come
    is_over: Mapped[bool] = mapped_column(server_default=text("false"))


class Backtest(Row):
    """What was said in a month and what happened, all people together. Names nobody."""

    __tablename__ = "backtests"

    shop_id: Mapped[ShopKey]
    kind: Mapped[str] = mapped_column(Text, primary_key=True)
    said_on: Mapped[date] = mapped_column(Date, primary_key=True)
    report: Mapped[dict[str, object]] = mapped_column(JSONB)  # people, said, happened, reliability, coverage, fairness
    made_at: Mapped[NowMoment]


class DueAgain(Row):
    """When a person is expected to need an item again."""

    __tablename__ = "due_again"
    __table_args__ = (Index("due_again_by_day", "shop_id", "due_on"),)

    shop_id: Mapped[ShopKey]
    profile_id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    item_id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    due_on: Mapped[date] = mapped_column(Date)
    low: Mapped[date] = mapped_column(Date)
    high: Mapped[date] = mapped_column(Date)
    times_bought: Mapped[int]
    made_at: Mapped[NowMoment]


class ItemForecast(Row):
    """How much of an item will sell in the next four weeks, and when it runs out."""

    __tablename__ = "item_forecasts"

    shop_id: Mapped[ShopKey]
    item_id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    units: Mapped[float] = mapped_column(Float)
    low: Mapped[float] = mapped_column(Float)
    high: Mapped[float] = mapped_column(Float)
    stock_out_on: Mapped[date | None] = mapped_column(Date)  # None: not within what can be seen, or stock unknown
    made_at: Mapped[NowMoment]


class ShopForecast(Row):
    """Orders or revenue of one coming week, as forecast on a day; what happened is filled in when the week is over."""

    __tablename__ = "shop_forecasts"

    shop_id: Mapped[ShopKey]
    said_on: Mapped[date] = mapped_column(Date, primary_key=True)
    measure: Mapped[str] = mapped_column(Text, primary_key=True)  # "orders", "revenue_minor"
    week_start: Mapped[date] = mapped_column(Date, primary_key=True)  # the day itself for the total of four weeks
    weeks: Mapped[int] = mapped_column(primary_key=True)  # 1, or 4 for the total
    value: Mapped[float] = mapped_column(Float)
    low: Mapped[float] = mapped_column(Float)
    high: Mapped[float] = mapped_column(Float)
    happened: Mapped[float | None] = mapped_column(Float)
    method: Mapped[str] = mapped_column(Text)
    is_rehearsed: Mapped[bool] = mapped_column(server_default=text("false"))  # what would have been said back then
    made_at: Mapped[NowMoment]
