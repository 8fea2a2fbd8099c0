"""Files that a merchant hands us, how far we are with them, and the rows nobody could read."""

from sqlalchemy import BigInteger, ForeignKeyConstraint, Index, Text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from app.db import Row
from app.models.columns import Moment, NowMoment, RowId, RowKey, ShopKey
from app.models.work import Leased


class Import(Leased, Row):
    """One file coming in. `rows_read` is also the cursor from which an interrupted import goes on."""

    __tablename__ = "imports"
    __table_args__ = (Index("imports_by_state", "shop_id", "state"),)

    shop_id: Mapped[ShopKey]
    id: Mapped[RowKey]
    kind: Mapped[str] = mapped_column(Text)  # plugins.csvfile.KINDS; empty where its columns fit none
    path: Mapped[str] = mapped_column(Text)
    file_name: Mapped[str] = mapped_column(Text)
    file_digest: Mapped[str] = mapped_column(Text)
    bytes_total: Mapped[int] = mapped_column(BigInteger, server_default="0")
    bytes_read: Mapped[int] = mapped_column(BigInteger, server_default="0")
    shift_days: Mapped[int] = mapped_column(server_default="0")  # the demo's history is moved to end yesterday
    rows_read: Mapped[int] = mapped_column(BigInteger, server_default="0")
    rows_accepted: Mapped[int] = mapped_column(BigInteger, server_default="0")
    rows_set_aside: Mapped[int] = mapped_column(BigInteger, server_default="0")
    counts: Mapped[dict[str, int]] = mapped_column(JSONB, server_default="{}")  # what came of it: people, consents, ...
    created_at: Mapped[NowMoment]
    finished_at: Mapped[Moment | None]
    reason: Mapped[str] = mapped_column(Text, server_default="")


class SetAsideRow(Row):
    """A row of a file that could not become a fact: kept, with the reason."""

    __tablename__ = "set_aside_rows"
    __table_args__ = (
        ForeignKeyConstraint(["shop_id", "import_id"], ["imports.shop_id", "imports.id"], ondelete="CASCADE"),
    )

    shop_id: Mapped[ShopKey]
    import_id: Mapped[RowId] = mapped_column(BigInteger, primary_key=True)
    row_number: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    reason: Mapped[str] = mapped_column(Text)
    raw: Mapped[str] = mapped_column(Text)
