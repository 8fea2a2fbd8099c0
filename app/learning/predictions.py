"""What is expected of people, written: which version of which predictor serves, and what it says of everybody.

Nobody is written who is gone by then, became one with somebody else, or said no meanwhile.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np
from sqlalchemy import select, text, update
from sqlalchemy.orm import Session

from app.models import PredictorVersion, Profile, RankerState
from recommender.interactions import Int32s
from recommender.prediction.histories import Purchases
from recommender.prediction.predictor import Estimate, Kind, Reason, Trained

MOST_EXPLAINED = 2_000  # people of whom reasons are kept, a kind: those one would look at first

# The profile is held while it is written about: whoever forgets it or makes it another's comes before or after.
WRITE = text("""
    INSERT INTO predictions (shop_id, profile_id, kind, value, low, high, is_known, reasons, version_id, made_at,
        until, knew_order_at)
    SELECT :shop_id, p.id, :kind, u.value, u.low, u.high, u.is_known, u.reasons::jsonb, :version_id, :made_at,
        :until, u.knew_order_at
    FROM unnest(CAST(:profile_ids AS bigint[]), CAST(:values AS float8[]), CAST(:lows AS float8[]),
        CAST(:highs AS float8[]), CAST(:knowns AS bool[]), CAST(:reasons AS text[]),
        CAST(:knew AS timestamptz[])) AS u (profile_id, value, low, high, is_known, reasons, knew_order_at)
    JOIN profiles p ON p.shop_id = :shop_id AND p.id = u.profile_id
    WHERE p.merged_into_id IS NULL AND p.may_personalize
    ORDER BY p.id
    FOR KEY SHARE OF p
    ON CONFLICT (shop_id, profile_id, kind) DO UPDATE SET
        value = excluded.value, low = excluded.low, high = excluded.high, is_known = excluded.is_known,
        reasons = excluded.reasons, version_id = excluded.version_id, made_at = excluded.made_at,
        until = excluded.until, knew_order_at = excluded.knew_order_at
""")
DROP = text("""
    DELETE FROM predictions WHERE shop_id = :shop_id AND (profile_id, kind) IN (
        SELECT q.profile_id, q.kind FROM predictions q
        LEFT JOIN predictor_versions v ON v.shop_id = q.shop_id AND v.id = q.version_id AND v.state = 'serving'
        LEFT JOIN profiles p ON p.shop_id = q.shop_id AND p.id = q.profile_id AND p.merged_into_id IS NULL
        WHERE q.shop_id = :shop_id AND (v.id IS NULL OR p.id IS NULL)
        LIMIT :most)
    RETURNING profile_id
""")


@dataclass(frozen=True)
class Said:
    """What one kind of predictor says of everybody. reasons: of some, by their place among the people."""

    kind: str
    version_id: int
    estimate: Estimate
    reasons: Mapping[int, tuple[Reason, ...]]
    made_at: datetime
    until: datetime | None


@dataclass(frozen=True)
class Part:
    """Some of the people, whose places among all of them begin at `start`, and the last order known of each."""

    start: int
    profile_ids: Sequence[int]
    last_orders: Sequence[datetime | None]


def serving_artifact(session: Session, shop_id: int) -> str | None:
    """Return the name of the artifact that serves, if there is one."""
    serving = (PredictorVersion.shop_id == shop_id, PredictorVersion.state == RankerState.SERVING)
    newest = select(PredictorVersion.artifact).where(*serving).order_by(PredictorVersion.id.desc()).limit(1)
    return session.execute(newest).scalar()


def keep_versions(
    session: Session, shop_id: int, training_id: int, artifact: str, trained: Sequence[Trained]
) -> dict[str, int]:
    """Write what came out of a training and return which versions serve from now on, by kind."""
    kinds = [one.kind for one in trained]
    served = (PredictorVersion.kind.in_(kinds), PredictorVersion.state == RankerState.SERVING)
    session.execute(
        update(PredictorVersion)
        .where(PredictorVersion.shop_id == shop_id, *served)
        .values(state=RankerState.RETIRED)
        .execution_options(synchronize_session=False)
    )
    rows = [_version(shop_id, training_id, artifact, one) for one in trained]
    session.add_all(rows)
    session.flush()
    return {row.kind: row.id for row in rows if row.state == RankerState.SERVING}


def last_orders(session: Session, shop_id: int) -> dict[int, datetime]:
    """Return when each profile says it last ordered. Ask before orders are read: then none is taken for known."""
    rows = session.execute(
        select(Profile.id, Profile.last_order_at).where(Profile.shop_id == shop_id, Profile.last_order_at.is_not(None))
    )
    return {row.id: row.last_order_at for row in rows}


def say(one: Trained, version_id: int, purchases: Purchases, now: float, made_at: datetime) -> Said:
    """Ask a predictor about everybody, and for its reasons about those one would look at first."""
    assert one.predictor is not None
    estimate = one.predictor.predict(purchases, now)
    first = _to_explain(one.kind, estimate)
    reasons = dict(zip(first.tolist(), one.predictor.explain(purchases, now, first), strict=True))
    days = one.report.get("horizon_days")
    until = made_at + timedelta(days=float(days)) if days else None
    return Said(one.kind, version_id, estimate, reasons, made_at, until)


def write(session: Session, shop_id: int, said: Said, whom: Part) -> None:
    """Write what is said of some people."""
    part, estimate = slice(whom.start, whom.start + len(whom.profile_ids)), said.estimate
    told = {
        "profile_ids": list(whom.profile_ids),
        "values": estimate.value[part].tolist(),
        "lows": estimate.low[part].tolist(),
        "highs": estimate.high[part].tolist(),
        "knowns": estimate.is_known[part].tolist(),
        "reasons": [_as_json(said.reasons.get(place, ())) for place in range(part.start, part.stop)],
        "knew": list(whom.last_orders),
        "kind": said.kind,
        "version_id": said.version_id,
        "made_at": said.made_at,
        "until": said.until,
    }
    session.execute(WRITE, {"shop_id": shop_id, **told})


def drop_outdated(session: Session, shop_id: int, *, most: int) -> list[int]:
    """Delete what no predictor that serves says any more, and return whom it was about. Fewer than `most`: all done."""
    return list(session.execute(DROP, {"shop_id": shop_id, "most": most}).scalars())


def _to_explain(kind: str, estimate: Estimate) -> Int32s:
    """Choose who is explained: those with the highest numbers, or who are expected first."""
    known = np.flatnonzero(estimate.is_known)
    value = estimate.value[known]
    order = np.argsort(value if kind == Kind.NEXT_ORDER else -value, kind="stable")
    return known[order[:MOST_EXPLAINED]].astype(np.int32)


def _as_json(reasons: tuple[Reason, ...]) -> str:
    told = [
        {"feature": one.feature, "value": one.value, "typical": one.typical, "effect": one.effect}
        for one in reasons
        if np.isfinite([one.value, one.typical, one.effect]).all()
    ]
    return json.dumps(told)


def _version(shop_id: int, training_id: int, artifact: str, one: Trained) -> PredictorVersion:
    serves = one.predictor is not None
    return PredictorVersion(
        shop_id=shop_id,
        training_id=training_id,
        kind=str(one.kind),
        artifact=artifact if serves else "",
        method=one.predictor.name if one.predictor is not None else "",
        state=RankerState.SERVING if serves else RankerState.REFUSED,
        outcome=one.outcome,
        reason=one.sentence,
        report=one.report,
    )
