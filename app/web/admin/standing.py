"""How a shop's connection stands: one sentence, and a line for each thing that was looked at, each in plain words."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from app.ingest.backfills import Progress
from app.models import Connection, ConnectionState, Shop
from app.web.admin.connecting import LOOK
from app.web.admin.readings import failed, in_hand, kind_name
from app.web.admin.tongue import _, _n
from app.web.admin.words import number
from app.web.admin.words import platform as platform_name
from plugins.shopify.scopes import SCOPES
from plugins.woocommerce.look import NO_PLUGIN

HEARD_LATE = timedelta(days=3)
COMPARED_LATE = timedelta(hours=3)  # what the clock does every hour
IS_NEW = timedelta(hours=26)


@dataclass(frozen=True)
class Facts:
    """Everything the judgement rests on, read beforehand."""

    shop: Shop
    connection: Connection | None
    progress: Sequence[Progress]
    heard_at: datetime | None  # when the last webhook came
    now: datetime

    @property
    def state(self) -> str:
        """One of ConnectionState."""
        return self.connection.state if self.connection is not None else ConnectionState.NEW

    @property
    def is_connected(self) -> bool:
        """True where the platform can be asked, or could be until a moment ago."""
        return self.state in (ConnectionState.CONNECTED, ConnectionState.BROKEN)

    def found(self, look: str) -> Mapping[str, Any]:
        """Return what the last look of this name found; empty where there was none."""
        found = self.connection.found.get(look) if self.connection is not None else None
        return found if isinstance(found, dict) else {}


@dataclass(frozen=True)
class Check:
    """One thing that was looked at. state: "good", "warn", "bad", "live" or "quiet"."""

    key: str
    title: str
    state: str
    words: str
    details: tuple[str, ...] = ()
    at: datetime | None = None


def answer(facts: Facts) -> str:
    """Say how the shop stands, in one sentence."""
    name = facts.shop.name
    if facts.state == ConnectionState.GONE:
        return _("Regulars was taken out of %(name)s. Connect it again, and it goes on.", name=name)
    if not facts.is_connected:
        where = platform_name(facts.shop.platform)
        return _("%(name)s is not connected to %(platform)s yet.", name=name, platform=where)
    if facts.state == ConnectionState.BROKEN:
        return _("The connection to %(name)s is broken, and needs you.", name=name)
    if facts.connection is not None and facts.connection.trouble:
        return _("%(name)s is connected, but does not answer right now.", name=name)
    return _standing(facts, name)


def _standing(facts: Facts, name: str) -> str:
    if in_hand(facts.progress):
        return _("%(name)s is connected. Its past is being read.", name=name)
    if not facts.found("shop"):
        return _("%(name)s is connected, and about to be looked at.", name=name)
    count = sum(one.state in ("warn", "bad") for one in checks(facts))
    if not count:
        return _("%(name)s is connected, and all is well.", name=name)
    wrong = _n("one thing needs a look", "%(num)d things need a look", count)
    return _("%(name)s is connected; %(wrong)s.", name=name, wrong=wrong)


def last_failure(facts: Facts) -> str:
    """Return why the last try to connect came to nothing; empty when it did not, or a later one went well."""
    return str(facts.found(LOOK).get("trouble", ""))


def checks(facts: Facts) -> list[Check]:
    """Return a line for each thing that is looked at in a connected shop."""
    if not facts.is_connected:
        return []
    plugin = [_plugin(facts)] if facts.shop.platform == "woocommerce" else []
    return [_rights(facts), *plugin, _past(facts), _webhooks(facts), _heard(facts), _widget(facts), _reconciled(facts)]


def _rights(facts: Facts) -> Check:
    title, found = _("Permissions"), facts.found("shop")
    if not found:
        return Check("rights", title, "quiet", _("not looked at yet"))
    notes = tuple(one for one in map(str, found.get("notes", ())) if one != NO_PLUGIN)
    missing = [str(one) for one in found.get("missing_scopes", ())]
    if not missing:
        return Check("rights", title, "good", _("all there"), notes, _at(found))
    words = _n("one is missing", "%(num)d are missing", len(missing))
    return Check("rights", title, "warn", words, (*map(_cost, missing), *notes), _at(found))


def _cost(scope: str) -> str:
    costs = {
        "read": _("Regulars cannot read the shop, so it learns nothing."),
        "write": _("Regulars cannot make the shop's webhooks, nor write discounts and unsubscribes back."),
        **SCOPES,
    }
    cost = costs.get(scope)
    return f"{scope}: {cost}" if cost else scope


def lacks_plugin(facts: Facts) -> bool:
    """Tell whether the last look found a WordPress without our plugin. Keys made by hand connect one as well."""
    notes, trouble = facts.found("shop").get("notes", ()), facts.found("webhooks").get("trouble")
    return NO_PLUGIN in notes or trouble == NO_PLUGIN


def _plugin(facts: Facts) -> Check:
    title, found = _("Plugin in WordPress"), facts.found("shop")
    if not found:
        return Check("plugin", title, "quiet", _("not looked at yet"))
    if lacks_plugin(facts):
        return Check("plugin", title, "warn", _("not active"), (NO_PLUGIN,), _at(found))
    return Check("plugin", title, "good", _("active"), at=_at(found))


def _past(facts: Facts) -> Check:
    title = _("The shop's past")
    if (one := failed(facts.progress)) is not None:
        return Check("past", title, "bad", _("not all of it was read"), (f"{kind_name(one.kind)}: {one.reason}",))
    if in_hand(facts.progress):
        return Check("past", title, "live", _("being read"))
    done = [one.finished_at for one in facts.progress if one.cause == "install" and one.finished_at is not None]
    if not done:
        return Check("past", title, "quiet", _("not read yet"))
    return Check("past", title, "good", _("read"), at=max(done))


def _webhooks(facts: Facts) -> Check:
    title, found = _("Webhooks in the shop"), facts.found("webhooks")
    if not found:
        return Check("webhooks", title, "quiet", _("not looked at yet"))
    trouble = str(found.get("trouble", ""))
    if trouble and trouble != NO_PLUGIN:  # which has a line of its own
        return Check("webhooks", title, "bad", _("not all in order"), (trouble,), _at(found))
    topics, mended = found.get("topics", ()), found.get("mended", ())
    words = _n("one in order", "%(num)d in order", len(topics))
    details = (_("Made or made anew at this look: %(topics)s.", topics=", ".join(map(str, mended))),) if mended else ()
    return Check("webhooks", title, "good", words, details, _at(found))


def _heard(facts: Facts) -> Check:
    title, since = _("Last webhook heard"), facts.connection.connected_at if facts.connection else None
    if facts.heard_at is None:
        is_late = since is not None and since < facts.now - IS_NEW
        hint = _("New orders and stock changes reach us only by asking every hour. Check that your shop can reach us.")
        return Check("heard", title, "warn" if is_late else "quiet", _("none yet"), (hint,) if is_late else ())
    if facts.heard_at < facts.now - HEARD_LATE:
        return Check("heard", title, "warn", _("long ago"), (_("Nothing has come for three days."),), facts.heard_at)
    return Check("heard", title, "good", _("heard"), at=facts.heard_at)


def _widget(facts: Facts) -> Check:
    title, found = _("Widget on the storefront"), facts.found("widget")
    if not found:
        return Check("widget", title, "quiet", _("not looked at yet"))
    details = (str(found["words"]),) if found.get("words") else ()
    if found.get("is_seen"):
        return Check("widget", title, "good", _("there"), details, _at(found))
    words = _("could not be looked at") if found.get("is_seen") is None else _("not there")
    return Check("widget", title, "warn", words, details, _at(found))


def _reconciled(facts: Facts) -> Check:
    title, found = _("Compared with the shop"), facts.found("reconciled")
    if not found:
        return Check("reconciled", title, "quiet", _("not yet; every hour, once the past is read"))
    at = _at(found)
    told = tuple(filter(None, (_told(kind, one) for kind, one in found.items() if isinstance(one, dict))))
    if at is not None and at < facts.now - COMPARED_LATE:
        late = _("It should happen every hour. Is the clock process running, and does the shop answer?")
        return Check("reconciled", title, "warn", _("late"), (*told, late), at)
    return Check(
        "reconciled", title, "good", _("found what no webhook told") if told else _("nothing was missing"), told, at
    )


def _told(key: str, found: Mapping[str, Any]) -> str:
    """Say what comparing one kind came upon; empty where it was nothing."""
    kind = kind_name(key.removesuffix("_swept"))
    said = {
        "new": _("%(n)s new"),
        "changed": _("%(n)s changed"),
        "deleted": _("%(n)s deleted in the shop"),
        "doubt": _("%(n)s hidden until it is certain that they are gone"),
    }
    parts = [words % {"n": number(int(found[name]))} for name, words in said.items() if _count(found.get(name))]
    return f"{kind}: {', '.join(parts)}." if parts else ""


def _count(value: object) -> int:
    return value if isinstance(value, int) else 0


def _at(found: Mapping[str, Any]) -> datetime | None:
    try:
        return datetime.fromisoformat(str(found.get("at", "")))
    except ValueError:
        return None
