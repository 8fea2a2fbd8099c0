"""How Alembic reaches the database: as its owner, never as the application's role."""

from alembic import context

import app.models
from app.db import Row, make_engine
from app.settings import load_settings

assert app.models.TENANT_TABLES  # importing the models is what fills the metadata


def run() -> None:
    """Run the migrations in one transaction, one process at a time."""
    url = context.config.attributes.get("url") or load_settings().database_url
    engine = make_engine(url)
    with engine.connect() as connection:
        context.configure(connection=connection, target_metadata=Row.metadata, transactional_ddl=True)
        with context.begin_transaction():
            connection.exec_driver_sql("SELECT pg_advisory_xact_lock(724101)")
            context.run_migrations()
    engine.dispose()


run()
