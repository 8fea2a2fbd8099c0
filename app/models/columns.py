"""Column shapes that many tables share, so that they are spelled once."""

from datetime import datetime
from typing import Annotated

from sqlalchemy import BigInteger, DateTime, ForeignKey, Identity, LargeBinary, text
from sqlalchemy.orm import mapped_column

ShopKey = Annotated[int, mapped_column(BigInteger, ForeignKey("shops.id", ondelete="CASCADE"), primary_key=True)]
RowKey = Annotated[int, mapped_column(BigInteger, Identity(always=True), primary_key=True)]
RowId = Annotated[int, mapped_column(BigInteger)]
Moment = Annotated[datetime, mapped_column(DateTime(timezone=True))]
NowMoment = Annotated[
    datetime, mapped_column(DateTime(timezone=True), server_default=text("clock_timestamp()"))
]  # the database's clock
Digest = Annotated[bytes, mapped_column(LargeBinary)]
"""SHA-256 of a fact's content: decides between two facts of the same version, the same way in any order."""
