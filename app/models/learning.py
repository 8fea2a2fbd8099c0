"""Trainings, and the rankers that came out of them."""

from enum import StrEnum

from sqlalchemy import BigInteger, Float, Index, Text, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from app.db import Row
from app.models.columns import Moment, NowMoment, RowKey, ShopKey
from app.models.work import Leased


class RankerState(StrEnum):
    """Where a ranker version stands."""

    SERVING = "serving"
    REFUSED = "refused"
    RETIRED = "retired"


class Training(Leased, Row):
    """One training, asked for by the timetable or a person."""

    __tablename__ = "trainings"
    __table_args__ = (
        Index(
            "trainings_one_open",
            "shop_id",
            "kind",
            unique=True,
            postgresql_where=text("state IN ('waiting', 'running')"),
        ),
    )

    shop_id: Mapped[ShopKey]
    id: Mapped[RowKey]
    kind: Mapped[str] = mapped_column(Text, server_default="full")
    # "simple" fits the simple rankers only, in seconds; "people" the predictors
    cause: Mapped[str] = mapped_column(Text)  # "asked", "daily", "imported", "first_orders", "new_facts"
    stage: Mapped[str] = mapped_column(Text, server_default="")  # what it is doing, in words
    progress: Mapped[float] = mapped_column(Float, server_default="0")  # 0 to 1
    requested_at: Mapped[NowMoment]
    started_at: Mapped[Moment | None]
    finished_at: Mapped[Moment | None]
    ranker_version_id: Mapped[int | None] = mapped_column(BigInteger)
    reason: Mapped[str] = mapped_column(Text, server_default="")


class RankerVersion(Row):
    """A fitted ranker with its report: promoted, or refused with the reason. At most one serves."""

    __tablename__ = "ranker_versions"
    __table_args__ = (
        Index("ranker_versions_one_serving", "shop_id", unique=True, postgresql_where=text("state = 'serving'")),
    )

    shop_id: Mapped[ShopKey]
    id: Mapped[RowKey]
    training_id: Mapped[int] = mapped_column(BigInteger)
    artifact: Mapped[str] = mapped_column(Text)  # a name in app.artifacts
    method: Mapped[str] = mapped_column(Text)
    state: Mapped[str] = mapped_column(Text)
    reason: Mapped[str] = mapped_column(Text)
    report: Mapped[dict[str, object]] = mapped_column(JSONB)
    trained_at: Mapped[NowMoment]
