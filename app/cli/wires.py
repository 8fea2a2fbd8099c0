"""What commands share: the wiring, built when a command first needs it, the shop by its short name, and the errors."""

import sys
from typing import TYPE_CHECKING, Any

import click
import structlog
from redis.exceptions import RedisError
from sqlalchemy.exc import OperationalError, SQLAlchemyError

from app.db import Database
from app.errors import AppError, NotFound
from app.models import Shop
from app.shops.shops import find_shop
from plugins.errors import PlatformError
from recommender.errors import RecommenderError

if TYPE_CHECKING:
    from app.wiring import Wiring

WARNING = 30
the_shop = click.option("--shop", "slug", required=True, metavar="NAME", help="The shop's short name, such as demo.")


class Door(click.Group):
    """A group of commands that says what went wrong in one sentence."""

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except (AppError, PlatformError, RecommenderError) as fault:
            raise click.ClickException(str(fault)) from fault
        except OperationalError as fault:
            sentence = "The database does not answer. Start everything with make run; regulars check says more."
            raise click.ClickException(sentence) from fault
        except SQLAlchemyError as fault:
            sentence = "The database does not have what this needs. Its migrations may be missing: regulars check."
            raise click.ClickException(sentence) from fault
        except RedisError as fault:
            raise click.ClickException("Valkey does not answer. Start everything with make run.") from fault


def wired() -> "Wiring":
    """Return the wiring of this command, closed when it ends."""
    context = click.get_current_context().find_root()
    if context.obj is None:
        structlog.configure(
            wrapper_class=structlog.make_filtering_bound_logger(WARNING),
            logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        )
        from app.wiring import wire  # noqa: PLC0415 - brings arrays along, which opening a shop has no use for

        context.obj = wire(pool_size=4)
        context.call_on_close(context.obj.close)
    wiring: Wiring = context.obj
    return wiring


def shop_called(db: Database, slug: str) -> Shop:
    """Return the shop of this short name. Raises NotFound."""
    with db.of_nobody() as session:
        shop = find_shop(session, slug)
    if shop is None:
        raise NotFound(f"There is no shop called {slug}. See: regulars shop list")
    return shop
