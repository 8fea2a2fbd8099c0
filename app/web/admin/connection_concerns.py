"""What is wrong with how the shop hangs together with its platform, as the overview says it."""

from collections.abc import Iterator

from app.models import ConnectionState
from app.web.admin.concerns import Concern
from app.web.admin.readings import failed, kind_name
from app.web.admin.standing import Facts, checks
from app.web.admin.tongue import _

CHECKED_HERE = ("rights", "plugin", "webhooks")


def judge(facts: Facts, *, is_public: bool) -> list[Concern]:
    """Return what is wrong, the most pressing first. A shop that was never connected is fed another way."""
    if facts.connection is None or facts.state == ConnectionState.NEW:
        return []
    return [
        Concern(title, remedy, "admin.connection", _("See the connection"))
        for title, remedy in _found(facts, is_public=is_public)
    ]


def _found(facts: Facts, *, is_public: bool) -> Iterator[tuple[str, str]]:
    if facts.state == ConnectionState.GONE:
        yield _("Regulars was taken out of the shop."), _("Nothing new comes in. Connect the shop again to go on.")
        return
    trouble = facts.connection.trouble if facts.connection is not None else ""
    if facts.state == ConnectionState.BROKEN:
        yield _("The connection to the shop is broken."), trouble
    elif trouble:
        yield _("The shop does not answer as it should."), trouble
    if not is_public:
        yield (
            _("This server has no public https address."),
            _("The shop and its shoppers cannot reach it. The connection page says the two usual ways to change that."),
        )
    if (one := failed(facts.progress)) is not None:
        yield _("Not all of the shop's past was read: %(what)s.", what=kind_name(one.kind)), one.reason
    for check in checks(facts):
        if check.key in CHECKED_HERE and check.state in ("warn", "bad") and trouble not in check.details:
            yield f"{check.title}: {check.words}.", " ".join(check.details)
