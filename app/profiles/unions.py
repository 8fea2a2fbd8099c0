"""Which names are one person's: joined by what ties them together, except where a person took that apart.

Pure: names, profiles and ties come in, and what is to be written comes out. Profiles are known by their final ids, and
two that were taken apart never meet again, whatever else joins either.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

Name = tuple[str, str]  # app.identity.Kind and the name as it is compared
Node = Name | int  # an int is a profile


class Because(StrEnum):
    """What kind of fact named a person, or joined two profiles."""

    ACCOUNT = "account"  # of a name: the platform's own
    ACCOUNT_EMAIL = "account_email"  # the address an account is registered with
    PLATFORM_MERGE = "platform_merge"
    GUEST = "guest"  # of a name: an address of orders, carts or answers without an account
    BROWSER = "browser"  # of a name: nobody else has used it


@dataclass(frozen=True)
class Tie:
    """One fact that says two names are the same person's, beyond doubt."""

    one: Name
    other: Name
    because: Because


@dataclass(frozen=True)
class Meeting:
    """Two profiles that became one: `source` gives its names to `into`."""

    source: int
    into: int
    because: Because
    evidence: tuple[Name, Name]


@dataclass
class Circles:
    """Names and profiles in circles, one a person."""

    apart: Mapping[int, frozenset[int]]  # profiles that a person took apart from each
    preferred: frozenset[int]  # profiles of accounts: a guest's joins them, not they the guest's
    meetings: list[Meeting] = field(default_factory=list)
    _above: dict[Node, Node] = field(default_factory=dict)
    _profiles: dict[Node, set[int]] = field(default_factory=dict)
    _main: dict[Node, int] = field(default_factory=dict)

    def find(self, node: Node) -> Node:
        """Return what stands for a node's circle."""
        above = self._above.setdefault(node, node)
        while above != self._above[above]:
            self._above[node] = self._above[above]
            node, above = above, self._above[above]
        return above

    def place(self, name: Name, profile: int) -> None:
        """Put a name where its profile is."""
        top = self.find(profile)
        self._profiles.setdefault(top, {profile})
        self._main.setdefault(top, profile)
        self._hang(self.find(name), top)

    def join(self, tie: Tie) -> bool:
        """Join two circles; False where a person took them apart."""
        one, other = self.find(tie.one), self.find(tie.other)
        if one == other:
            return True
        mine, theirs = self._profiles.get(one, set()), self._profiles.get(other, set())
        if any(self.apart.get(profile, frozenset()) & theirs for profile in mine):
            return False
        if mine and theirs:
            into, source = sorted((self._main[one], self._main[other]), key=self._rank)
            self.meetings.append(Meeting(source, into, tie.because, (tie.one, tie.other)))
        self._hang(one, other)
        return True

    def profile_of(self, node: Node) -> int | None:
        """Return the profile of a name's circle; None where it has none."""
        return self._main.get(self.find(node))

    def _rank(self, profile: int) -> tuple[bool, int]:
        return profile not in self.preferred, profile

    def _hang(self, lower: Node, top: Node) -> None:
        if lower == top:
            return
        if len(self._profiles.get(lower, ())) > len(self._profiles.get(top, ())):
            lower, top = top, lower
        self._above[lower] = top
        mains = [main for one in (lower, top) if (main := self._main.pop(one, None)) is not None]
        if mains:
            self._main[top] = min(mains, key=self._rank)
            self._profiles.setdefault(top, set()).update(self._profiles.pop(lower, ()))


def merge_ties(pairs: Iterable[tuple[str, str]]) -> list[Tie]:
    """Return the ties that the platform's merges are: (from, into), in a settled order."""
    ordered = sorted(set(pairs))
    return [Tie(("customer", one), ("customer", other), Because.PLATFORM_MERGE) for one, other in ordered]


def join_addresses(
    circles: Circles, registered: Mapping[str, Sequence[str]], known: Mapping[str, int]
) -> frozenset[str]:
    """Join addresses with the accounts registered with them. Return those that left the profile they were in.

    An address that an account gave up, and that another registered since, is the other's; the two stay two people.
    known: the profiles of the addresses that have one.
    """
    left = set()
    for email, accounts in sorted(registered.items()):
        name, ties = ("email", email), sorted(accounts)
        if (profile := known.get(email)) is not None:
            here = circles.find(profile)
            if profile in circles.preferred and all(circles.find(("customer", one)) != here for one in ties):
                left.add(email)
            else:
                circles.place(name, profile)
        for one in ties:
            circles.join(Tie(name, ("customer", one), Because.ACCOUNT_EMAIL))
    return frozenset(left)
