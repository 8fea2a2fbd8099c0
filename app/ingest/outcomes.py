"""What came of a file, in sentences for the merchant: above all, to whom mail may be sent and to whom not, and why."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

SUPPRESSED = ("unsubscribed", "bounced", "complained", "blocked")


@dataclass(frozen=True)
class Outcome:
    """One thing that came of a file. `is_warning`: something the merchant may want to do about."""

    sentence: str
    is_warning: bool = False


def outcomes(counts: Mapping[str, int]) -> list[Outcome]:
    """Tell what came of a file. `counts`: as an import keeps them."""
    told = {name: number for name, number in counts.items() if number > 0}
    return [*_goods(told), *_people(told)]


def _goods(told: Mapping[str, int]) -> Iterator[Outcome]:
    if orders := told.get("orders"):
        lines = told.get("lines", 0)
        yield Outcome(f"{_many(orders, 'order')} with {_many(lines, 'line')} came in.")
    if open_lines := told.get("open_lines"):
        yield Outcome(
            f"{open_lines:,} of these lines {'names' if open_lines == 1 else 'name'} no item that is known here, by "
            "article number or by title. They find theirs by themselves as soon as it comes in: send the export of "
            "your products too.",
            is_warning=True,
        )
    if refunds := told.get("refunds"):
        yield Outcome(f"{_many(refunds, 'refund')} came in.")
    if items := told.get("items"):
        yield Outcome(f"{_many(items, 'item')} came in.")


def _people(told: Mapping[str, int]) -> Iterator[Outcome]:
    if people := told.get("people"):
        yield Outcome(
            f"{_many(people, 'person', 'people')} came in. What they buy may shape what your shop shows them, where "
            "your settings allow it; mail needs their consent."
        )
    if consents := told.get("consents"):
        yield Outcome(f"{_many(consents, 'consent')} to e-mail came in with proof of when it was given.")
    if unproven := told.get("unproven"):
        yield Outcome(
            f"{_many(unproven, 'address', 'addresses')} had no proof of consent, so nothing will be sent to them. "
            "Proof is the time at which they agreed; a file that has it can be sent later.",
            is_warning=True,
        )
    if suppressed := sum(told.get(name, 0) for name in SUPPRESSED):
        reasons = ", ".join(f"{told[name]:,} {name}" for name in SUPPRESSED if name in told)
        yield Outcome(f"{_many(suppressed, 'address', 'addresses')} will not be written to: {reasons}.")
    if forgotten := told.get("forgotten"):
        yield Outcome(
            f"{_many(forgotten, 'row')} named somebody who asked to be forgotten here. They were taken in without them."
        )


def _many(number: int, one: str, many: str = "") -> str:
    return f"{number:,} {one if number == 1 else many or one + 's'}"
