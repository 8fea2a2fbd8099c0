"""What is wrong, and what one can do about it: a list of sentences, empty when all is well."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from app.ingest.reports import Delivered
from app.models import Import, RankerVersion, Training, WorkState
from app.serving.reports import Shown
from app.web.admin.tongue import _, _n
from app.web.admin.words import number

WORKER_LATE = timedelta(minutes=2)
CLOCK_LATE = timedelta(minutes=5)  # its heart beats every minute
TRAINING_OLD = timedelta(days=8)
WEBHOOKS_SILENT = timedelta(days=3)
SHOP_IS_NEW = timedelta(hours=26)


@dataclass(frozen=True)
class Concern:
    """Something wrong: what, what to do, and the page where one does it (an endpoint, "" for none)."""

    title: str
    remedy: str
    endpoint: str = ""
    action: str = ""
    arguments: Mapping[str, str] = field(default_factory=dict)
    anchor: str | None = None


@dataclass(frozen=True)
class Facts:
    """Everything the judgement rests on, read beforehand."""

    now: datetime
    opened_at: datetime
    order_count: int
    delivered: Delivered
    shown: Shown
    failed_import: Import | None
    open_imports: list[Import]
    serving: RankerVersion | None
    open_trainings: list[Training]
    last_training: Training | None
    last_tick: datetime | None
    has_valkey: bool


def judge(facts: Facts) -> list[Concern]:
    """Return what is wrong, the most pressing first."""
    found = (
        _valkey(facts),
        _workers(facts),
        _clock(facts),
        _quarantine(facts),
        _failed_import(facts),
        _training(facts),
        _webhooks(facts),
        _widget(facts),
    )
    return [one for one in found if one is not None]


def _valkey(facts: Facts) -> Concern | None:
    if facts.has_valkey:
        return None
    return Concern(
        _("The queue (Valkey) does not answer."),
        _("Nothing is lost: work waits in the database. Whoever runs the server should start it again."),
    )


def _workers(facts: Facts) -> Concern | None:
    late = facts.now - WORKER_LATE
    imports = [(one.state, one.created_at) for one in facts.open_imports]
    trainings = [(one.state, one.requested_at) for one in facts.open_trainings]
    deliveries = [(WorkState.WAITING, since)] if (since := facts.delivered.waiting_since) else []
    if not any(_is_stuck(works, late) for works in (deliveries, imports, trainings)):
        return None
    return Concern(
        _("Work has been waiting for more than two minutes, and nobody takes it up."),
        _("The worker, the importer or the trainer is not running. Start it (make run starts all); the work goes on."),
    )


def _is_stuck(works: Sequence[tuple[str, datetime]], late: datetime) -> bool:
    states = [state for state, _since in works]  # one after the other: what waits behind running work is not stuck
    return WorkState.RUNNING not in states and any(since < late for _state, since in works)


def _clock(facts: Facts) -> Concern | None:
    late = facts.now - CLOCK_LATE
    if facts.opened_at > late or (facts.last_tick is not None and facts.last_tick > late):
        return None
    return Concern(
        _("The clock process has not been heard of for more than five minutes."),
        _("Without it nothing is trained by itself and lost work is not picked up. Start it: python -m app.jobs.clock"),
    )


def _quarantine(facts: Facts) -> Concern | None:
    count = facts.delivered.quarantined
    if not count:
        return None
    return Concern(
        _n("One delivery could not be read.", "%(count)s deliveries could not be read.", count, count=number(count)),
        _("They are kept in quarantine with the reason. Look at them, and try again once the cause is gone."),
        "admin.deliveries",
        _("Look at the quarantine"),
        {"state": "quarantined"},
    )


def _failed_import(facts: Facts) -> Concern | None:
    if facts.failed_import is None:
        return None
    return Concern(
        _("The import of %(file)s failed.", file=facts.failed_import.file_name),
        facts.failed_import.reason or _("Open it to see how far it came, then send the file again."),
        "admin.imports",
        _("Look at the imports"),
    )


def _training(facts: Facts) -> Concern | None:
    last = facts.last_training
    if last is not None and last.state == WorkState.FAILED:
        return Concern(
            _("The last training failed."),
            last.reason or _("What served before serves on. Train again; if it fails again, look into the log."),
            "admin.trainings",
            _("Look at the trainings"),
        )
    if facts.serving is None or facts.open_trainings or facts.serving.trained_at > facts.now - TRAINING_OLD:
        return None
    days = (facts.now - facts.serving.trained_at).days
    return Concern(
        _("What is served was learned %(days)d days ago.", days=days),
        _("New items and new habits are not in it yet. Train now, or see why the daily trainings brought nothing new."),
        "admin.trainings",
        _("Look at the trainings"),
    )


def _webhooks(facts: Facts) -> Concern | None:
    last = facts.delivered.last_at
    if facts.opened_at > facts.now - SHOP_IS_NEW or (last is not None and last > facts.now - WEBHOOKS_SILENT):
        return None
    title = _("The shop has never sent a webhook.") if last is None else _("No webhook has come for three days.")
    return Concern(
        title,
        _("New orders and stock changes do not reach us. Check the webhooks in your shop, and the secret here."),
        "admin.settings",
        _("See the webhook's address"),
        anchor="webhook",
    )


def _widget(facts: Facts) -> Concern | None:
    if facts.serving is None or facts.shown.last_at is not None:
        return None
    return Concern(
        _("No shopper has seen a recommendation yet."),
        _("Paste the snippet into your theme; shoppers see recommendations from the next page on."),
        "admin.settings",
        _("Get the snippet"),
        anchor="snippet",
    )
