"""What the pages of segments say: who is meant, how many fit, and what is missing yet."""

from collections.abc import Sequence

from app.models import Segment
from app.profiles import conditions, ready_made
from app.profiles.conditions import Condition
from app.web.admin.tongue import _, _n
from app.web.admin.words import number


def who_words(condition: Condition | None, names: conditions.Names) -> str:
    """Say whom a condition means, in a sentence."""
    if condition is None:
        return _("What it asks cannot be read any more, so nobody is in it. Choose anew.")
    return _("People %(who)s.", who=conditions.say(condition, names))


def use_of(segment: Segment) -> str:
    """Say what a ready-made segment is good for; of others nothing."""
    ready = ready_made.BY_KEY.get(segment.key) if segment.is_ready_made else None
    return ready.use if ready else ""


def sentence_of_all(people: Sequence[tuple[str, int]]) -> str:
    """Say how many segments there are, and which is the largest: names, and how many people are in each."""
    if not people:
        return _("There is no segment yet.")
    name, most = max(people, key=lambda one: one[1])
    if not most:
        return _n("One segment, and nobody in it yet.", "%(num)d segments, and nobody in any of them yet.", len(people))
    return _n(
        "One segment: %(people)s people are in “%(name)s”.",
        "%(num)d segments; the largest is “%(name)s”, with %(people)s people.",
        len(people),
        people=number(most),
        name=name,
    )


def fault_sentence(count: int) -> str:
    """Say how many things are not right yet; nothing where all is."""
    if not count:
        return ""
    return _n(
        "One thing is not right yet; it is said below it.",
        "%(num)d things are not right yet; they are said below them.",
        count,
    )


def sentence_of_one(segment: Segment | None, total: int) -> str:
    """Say how many people are in a segment; of a new one, ask whom it is to hold."""
    if segment is None:
        return _("Whom do you want to know about?")
    return _n(
        "One person is in “%(name)s”.",
        "%(count)s people are in “%(name)s”.",
        total,
        count=number(total),
        name=segment.name,
    )


def fitting_sentence(fitting: int, everybody: int) -> str:
    """Say how many people fit a condition right now."""
    return _n(
        "One person fits right now, of %(all)s known.",
        "%(count)s people fit right now, of %(all)s known.",
        fitting,
        count=number(fitting),
        all=number(everybody),
    )
