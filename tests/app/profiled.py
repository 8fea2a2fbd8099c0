"""What a shop makes of somebody it knows: a profile in every table that holds one, spelled once."""

from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from app.models import (
    DueAgain,
    Interest,
    InterestAnswer,
    Prediction,
    Profile,
    ProfileMerge,
    ProfileName,
    SaidPrediction,
    Segment,
    SegmentMember,
    SegmentMove,
)

EVERYBODY = {"field": "orders_count", "is": "at_least", "value": 0}


def keep_profile(session: Session, shop_id: int, at: datetime, *names: tuple[str, str], answer: str = "") -> int:
    """Keep a profile of these names, what is expected of it and the segment it is in; another became one with it.

    answer: the address under which they said that they like something, instead of their account. Returns its id.
    """
    profile, other = Profile(shop_id=shop_id), Profile(shop_id=shop_id)
    session.add_all([profile, other])
    session.flush()
    other.merged_into_id = profile.id
    for place, (kind, name) in enumerate(names):
        home = other.id if place else profile.id
        told = {"kind": kind, "name": name, "profile_id": profile.id, "home_id": home, "because": "account"}
        session.merge(ProfileName(shop_id=shop_id, **told))
    met = {"names": [{"kind": kind, "name": name} for kind, name in names]}
    told = {"from_id": other.id, "into_id": profile.id, "because": "account_email", "evidence": met}
    session.add(ProfileMerge(shop_id=shop_id, **told))
    _expect(session, shop_id, profile.id, at)
    segment = Segment(shop_id=shop_id, key=f"of-{profile.id}", name=f"Group {profile.id}", condition=EVERYBODY)
    session.add(segment)
    session.flush()
    where = {"shop_id": shop_id, "segment_id": segment.id, "profile_id": profile.id}
    session.add_all([SegmentMember(**where), SegmentMove(**where, is_in=True)])
    session.merge(Interest(shop_id=shop_id, key="oolong", label="Oolong tea"))
    account = None if answer else next(name for kind, name in names if kind == "customer")
    told = {"key": "oolong", "customer_external_id": account, "email": answer or None, "is_liked": True}
    session.add(InterestAnswer(shop_id=shop_id, **told))
    session.flush()
    return profile.id


def _expect(session: Session, shop_id: int, profile_id: int, at: datetime) -> None:
    who = {"shop_id": shop_id, "profile_id": profile_id}
    because = [{"feature": "days_since", "value": 3.0, "typical": 30.0, "effect": -0.5}]
    for kind, value in (("churn", 0.25), ("value_365", 12345.0)):
        told = {"value": value, "low": value, "high": value, "is_known": True, "reasons": because, "version_id": 1}
        session.add(Prediction(**who, kind=kind, **told))
    said = {"value": 0.5, "low": 0.5, "high": 0.5, "said_at": at, "until": at + timedelta(days=90)}
    session.add(SaidPrediction(**who, said_on=at.date(), kind="churn", **said))
    session.add(DueAgain(**who, item_id=1, due_on=at.date(), low=at.date(), high=at.date(), times_bought=3))
