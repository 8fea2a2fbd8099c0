"""Segments: who is in which, kept in the same transaction as the fact that changes it.

Keeping people takes the shop's segment lock shared, taking a whole segment anew takes it alone: whoever waited looks
again at what the other committed, so no membership is decided by what was true before. Rows that hold no condition
(any more) have no members.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import uuid4

from sqlalchemy import delete, func, select, text
from sqlalchemy.orm import Session

from app.errors import BadRequest, NotFound
from app.models import Segment, SegmentMember, SegmentMove
from app.profiles import conditions
from app.profiles.conditions import Condition

CHUNK = 20_000  # people whose membership of one segment is taken anew in one transaction
MOVES_KEPT = timedelta(days=90)
LONGEST_NAME = 80

LOCK = "SELECT pg_advisory_xact_lock{shared}(hashtextextended('segments:' || CAST(:shop_id AS text), 0))"
NOBODY = "SELECT CAST(NULL AS bigint) AS segment_id, CAST(NULL AS bigint) AS profile_id WHERE false"
FITTING = """
    SELECT s.segment_id, p.id AS profile_id
    FROM profiles p CROSS JOIN LATERAL (VALUES {columns}) AS s (segment_id, is_in)
    WHERE p.shop_id = :shop_id AND {whom} AND p.merged_into_id IS NULL AND s.is_in
"""
# Compared with what was there when the statement began; what is written twice by two workers stands once.
KEEP = """
    WITH fitting AS MATERIALIZED ({fitting}),
    came AS (
        INSERT INTO segment_members (shop_id, segment_id, profile_id)
        SELECT :shop_id, segment_id, profile_id FROM fitting
        ON CONFLICT DO NOTHING
        RETURNING segment_id, profile_id
    ), gone AS (
        DELETE FROM segment_members m
        WHERE m.shop_id = :shop_id AND {members} AND NOT EXISTS (
            SELECT FROM fitting f WHERE f.segment_id = m.segment_id AND f.profile_id = m.profile_id)
        RETURNING m.segment_id, m.profile_id
    )
    INSERT INTO segment_moves (shop_id, segment_id, profile_id, is_in)
    SELECT :shop_id, moved.segment_id, moved.profile_id, moved.is_in
    FROM (SELECT *, true AS is_in FROM came UNION ALL SELECT *, false FROM gone) AS moved
    JOIN segments s ON s.shop_id = :shop_id AND s.id = moved.segment_id AND s.counted_at IS NOT NULL
"""
NEXT = text("""
    SELECT max(id) FROM (
        SELECT id FROM profiles WHERE shop_id = :shop_id AND id > :after ORDER BY id LIMIT :most
    ) AS part
""")


@dataclass(frozen=True)
class Moves:
    """How many came into a segment and how many left it."""

    came: int = 0
    left: int = 0


def keep_memberships(session: Session, shop_id: int, profile_ids: Sequence[int]) -> None:
    """Put these people into the segments they fit, and take them out of the others. Merged profiles are in none."""
    if not profile_ids:
        return
    _lock(session, shop_id, shared="_shared")
    there = (Segment.shop_id == shop_id, Segment.deleted_at.is_(None))
    rows = session.execute(select(Segment.id, Segment.condition).where(*there)).all()
    wanted = {row.id: condition for row in rows if (condition := readable(row.condition)) is not None}
    told: dict[str, object] = {"people": list(profile_ids)}
    _keep(session, shop_id, wanted, whom="p.id = ANY(:people)", members="m.profile_id = ANY(:people)", told=told)


def take_anew(session: Session, shop_id: int, segment_id: int, *, after: int = 0) -> int | None:
    """Take the next CHUNK of people anew for one segment. Return after whom to go on; None: it is done.

    Nobody changes memberships of the shop meanwhile, so each chunk is to be a transaction of its own.
    """
    _lock(session, shop_id, shared="")
    segment = find_segment(session, shop_id, segment_id)
    until = session.execute(NEXT, {"shop_id": shop_id, "after": after, "most": CHUNK}).scalar()
    condition = readable(segment.condition)
    if until is not None:
        whose = "{id} > :after AND {id} <= :until"
        told = {"after": after, "until": until, "segment": segment_id}
        wanted = {} if condition is None else {segment_id: condition}
        members = f"m.segment_id = :segment AND {whose.format(id='m.profile_id')}"
        _keep(session, shop_id, wanted, whom=whose.format(id="p.id"), members=members, told=told)
        return int(until)
    beyond = (SegmentMember.segment_id == segment_id, SegmentMember.profile_id > after)
    session.execute(delete(SegmentMember).where(SegmentMember.shop_id == shop_id, *beyond))
    segment.counted_at = session.scalar(select(func.regulars_now()))
    return None


def timely(session: Session, shop_id: int) -> list[int]:
    """Return the segments whose members change without any fact about them, or were never taken whole."""
    there = (Segment.shop_id == shop_id, Segment.deleted_at.is_(None))
    rows = session.scalars(select(Segment).where(*there).order_by(Segment.id))
    return [
        row.id
        for row in rows
        if row.counted_at is None
        or ((condition := readable(row.condition)) is not None and conditions.has_time(condition))
    ]


def find_segment(session: Session, shop_id: int, segment_id: int) -> Segment:
    """Return a segment of this shop that is not deleted. Raises NotFound."""
    row = session.get(Segment, (shop_id, segment_id), populate_existing=True)
    if row is None or row.deleted_at is not None:
        raise NotFound("There is no such segment. It may have been deleted.")
    return row


def add_segment(session: Session, shop_id: int, name: str, condition: Condition) -> Segment:
    """Add a segment of a shop's own. Raises BadRequest where the name is taken."""
    name = _fresh_name(session, shop_id, name)
    row = Segment(shop_id=shop_id, key=f"own-{uuid4().hex}", name=name, condition=conditions.to_json(condition))
    session.add(row)
    session.flush()
    return row


def rename(session: Session, shop_id: int, segment_id: int, name: str) -> None:
    """Give a segment another name. Raises BadRequest where it is taken."""
    segment = find_segment(session, shop_id, segment_id)
    segment.name = _fresh_name(session, shop_id, name, but=segment_id)


def change_condition(session: Session, shop_id: int, segment_id: int, condition: Condition) -> None:
    """Give a segment another condition. Its members are to be taken anew next; that is no move of theirs."""
    _lock(session, shop_id, shared="")
    segment = find_segment(session, shop_id, segment_id)
    if segment.condition == (told := conditions.to_json(condition)):
        return
    segment.condition = told
    segment.changed_at = session.scalar(select(func.regulars_now())) or segment.changed_at
    segment.counted_at = None


def delete_segment(session: Session, shop_id: int, segment_id: int) -> None:
    """Delete a segment, with who is and was in it. What it asks stays for a while, so that it can be put back."""
    _lock(session, shop_id, shared="")
    find_segment(session, shop_id, segment_id).deleted_at = session.scalar(select(func.regulars_now()))
    for kind in (SegmentMember, SegmentMove):
        session.execute(delete(kind).where(kind.shop_id == shop_id, kind.segment_id == segment_id))


def restore_segment(session: Session, shop_id: int, segment_id: int) -> Segment:
    """Put a deleted segment back; who fits it is to be taken anew. Raises NotFound."""
    _lock(session, shop_id, shared="")
    row = session.get(Segment, (shop_id, segment_id), populate_existing=True)
    if row is None:
        raise NotFound("There is no such segment. It was deleted too long ago.")
    if row.deleted_at is not None:
        row.deleted_at = row.counted_at = None
    return row


def count_fitting(session: Session, shop_id: int, condition: Condition) -> int:
    """Count whoever fits a condition now, whether or not any segment has it."""
    sql, told = conditions.where(condition)
    counted = f"SELECT count(*) FROM profiles p WHERE p.shop_id = :shop_id AND p.merged_into_id IS NULL AND {sql}"  # noqa: S608 - conditions.sql keeps values apart
    return int(session.execute(text(counted), {"shop_id": shop_id, **told}).scalar_one())


def members(session: Session, shop_id: int, segment_id: int) -> list[int]:
    """Return the profiles that are in a segment now. Raises NotFound."""
    find_segment(session, shop_id, segment_id)
    named = (SegmentMember.shop_id == shop_id, SegmentMember.segment_id == segment_id)
    return list(session.scalars(select(SegmentMember.profile_id).where(*named).order_by(SegmentMember.profile_id)))


def in_segment(session: Session, shop_id: int, segment_id: int, profile_ids: Sequence[int]) -> set[int]:
    """Return which of these people are in a segment now. Raises NotFound where it was deleted, or is another shop's."""
    find_segment(session, shop_id, segment_id)
    named = (SegmentMember.shop_id == shop_id, SegmentMember.segment_id == segment_id)
    return set(
        session.scalars(select(SegmentMember.profile_id).where(*named, SegmentMember.profile_id.in_(profile_ids)))
    )


def segments_of(session: Session, shop_id: int, profile_id: int) -> list[Segment]:
    """Return the segments somebody is in, by name."""
    named = (SegmentMember.segment_id == Segment.id, SegmentMember.shop_id == Segment.shop_id)
    theirs = (Segment.shop_id == shop_id, SegmentMember.profile_id == profile_id)
    return list(
        session.scalars(
            select(Segment).join(SegmentMember, (named[0]) & (named[1])).where(*theirs).order_by(Segment.name)
        )
    )


def moves_since(session: Session, shop_id: int, since: datetime) -> dict[int, Moves]:
    """Return how many came into each segment and left it since a moment. Whoever came and left is counted in both."""
    came, left = func.count().filter(SegmentMove.is_in), func.count().filter(~SegmentMove.is_in)
    named = (SegmentMove.shop_id == shop_id, SegmentMove.moved_at >= since)
    rows = session.execute(select(SegmentMove.segment_id, came, left).where(*named).group_by(SegmentMove.segment_id))
    return {segment_id: Moves(*counts) for segment_id, *counts in rows}


def forget_moves(session: Session, shop_id: int, before: datetime) -> None:
    """Let go of moves that nobody asks about any more, and of a shop's own segments that were deleted as long ago."""
    session.execute(delete(SegmentMove).where(SegmentMove.shop_id == shop_id, SegmentMove.moved_at < before))
    gone = (Segment.shop_id == shop_id, Segment.deleted_at < before, ~Segment.is_ready_made)
    session.execute(delete(Segment).where(*gone))


def _fresh_name(session: Session, shop_id: int, name: str, *, but: int = 0) -> str:
    name = " ".join(name.split())
    if not name or len(name) > LONGEST_NAME or not name.isprintable():
        raise BadRequest(f"Give the segment a name of 1 to {LONGEST_NAME} letters.")
    taken = (Segment.shop_id == shop_id, Segment.id != but, Segment.deleted_at.is_(None))
    if session.scalar(select(Segment.id).where(*taken, func.lower(Segment.name) == name.lower()).limit(1)):
        raise BadRequest(f"There is a segment called “{name}” already. Choose another name.")
    return name


def _lock(session: Session, shop_id: int, *, shared: str) -> None:
    session.execute(text(LOCK.format(shared=shared)), {"shop_id": shop_id})


def _keep(
    session: Session,
    shop_id: int,
    wanted: dict[int, Condition],
    *,
    whom: str,
    members: str,
    told: dict[str, object],
) -> None:
    columns, values = [], {"shop_id": shop_id, **told}
    for segment_id, condition in wanted.items():
        sql, parameters = conditions.where(condition, prefix=f"s{segment_id}_")
        columns.append(f"({segment_id:d}::bigint, {sql})")
        values |= parameters
    fitting = FITTING.format(columns=", ".join(columns), whom=whom) if columns else NOBODY
    session.execute(text(KEEP.format(fitting=fitting, members=members)), values)


def readable(told: object) -> Condition | None:
    """Return a stored condition; None where it is none any more. Then nobody is in, rather than everybody."""
    try:
        return conditions.parse(told)
    except BadRequest:
        return None
