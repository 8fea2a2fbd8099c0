"""The database: one engine a process, and sessions that see exactly one shop.

The second wall between shops: this process speaks as the role `regulars_app`, which owns nothing and cannot bypass
row-level security; every transaction names its shop with SET LOCAL, and rows of other shops do not exist for it.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path
from typing import Any

import psycopg
from alembic.script import ScriptDirectory
from sqlalchemy import Engine, create_engine, text
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import DeclarativeBase, Session

APP_ROLE = "regulars_app"
SHOP_SETTING = "regulars.shop_id"
MIGRATIONS = Path(__file__).parent.parent / "migrations"
ENTER_SHOP = f"SELECT set_config('{SHOP_SETTING}', %(shop_id)s, true)"


class Row(DeclarativeBase):
    """What every table's class is."""


class Database:
    """A pool of connections, lent out one transaction at a time."""

    def __init__(self, url: str, *, pool_size: int = 10) -> None:
        self.engine = make_engine(url, pool_size=pool_size, role=APP_ROLE)
        hot = make_engine(url, pool_size=pool_size, role=APP_ROLE, is_checked=False)
        self._hot = hot.execution_options(isolation_level="AUTOCOMMIT")

    @contextmanager
    def of_shop(self, shop_id: int) -> Iterator[Session]:
        """Open one transaction that sees only this shop; commit at the end, roll back on an error."""
        with Session(self.engine, expire_on_commit=False) as session, session.begin():
            enter_shop(session, shop_id)
            yield session

    @contextmanager
    def of_nobody(self) -> Iterator[Session]:
        """Open one transaction that sees no shop's rows: only shops themselves, people and the timetable."""
        with Session(self.engine, expire_on_commit=False) as session, session.begin():
            yield session

    def at_once(self, shop_id: int, statement: str, parameters: Mapping[str, object]) -> Sequence[Any]:
        """Run one statement of the driver's own SQL as a transaction of its own: one round trip, for the hot paths.

        A connection that died while it lay in the pool is replaced once, so the statement must be harmless to repeat.
        """
        try:
            return self._run(shop_id, statement, parameters)
        except (OperationalError, psycopg.OperationalError):
            self._hot.dispose()
            return self._run(shop_id, statement, parameters)

    def _run(self, shop_id: int, statement: str, parameters: Mapping[str, object]) -> Sequence[Any]:
        with self._hot.connect() as connection:
            driver = connection.connection.driver_connection
            assert driver is not None
            with driver.pipeline():  # both travel together, and are one transaction
                driver.execute(ENTER_SHOP, {"shop_id": str(shop_id)}, prepare=True)
                answer = driver.execute(statement, parameters, prepare=True)
            return answer.fetchall() if answer.description else []

    def close(self) -> None:
        self.engine.dispose()
        self._hot.dispose()


@lru_cache(maxsize=1)
def wanted_revision() -> str | None:
    """Return the migration that this code was written for."""
    return ScriptDirectory(str(MIGRATIONS)).get_current_head()


def found_revision(session: Session) -> str | None:
    """Return the migration that the database stands at. Raises SQLAlchemyError where there is none at all."""
    return session.execute(text("SELECT version_num FROM alembic_version")).scalar()


def enter_shop(session: Session, shop_id: int) -> None:
    """Make this transaction see the rows of one shop."""
    session.execute(text("SELECT set_config(:name, :value, true)"), {"name": SHOP_SETTING, "value": str(shop_id)})


def make_engine(url: str, *, pool_size: int = 5, role: str | None = None, is_checked: bool = True) -> Engine:
    """Make an engine; with a role, every connection speaks as that role from its first word.

    A checked one asks a connection whether it is alive each time before lending it out.
    """
    options = f"-c role={role}" if role else ""
    return create_engine(
        url.replace("postgresql://", "postgresql+psycopg://", 1),
        pool_size=pool_size,
        max_overflow=pool_size,
        pool_pre_ping=is_checked,
        hide_parameters=True,  # an error's words go to logs; a shopper's data must not
        connect_args={"options": f"{options} -c timezone=UTC".strip(), "application_name": "regulars"},
    )
