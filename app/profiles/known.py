"""What is kept of one person: figures, stage, segments, and how their names came together."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.identity import Known
from app.models import Profile, ProfileMerge, Segment
from app.profiles.segments import segments_of
from app.profiles.stitching import profile_of


@dataclass(frozen=True)
class Kept:
    """A person's profile. merges: those that led to it, the newest first; parted: those that were taken apart."""

    profile: Profile
    segments: Sequence[Segment]
    merges: Sequence[ProfileMerge]
    parted: Sequence[ProfileMerge]


def read_kept(session: Session, shop_id: int, who: Known) -> Kept | None:
    """Return what is kept of the person with these names; None while nothing has been counted of them."""
    profile_id = profile_of(session, shop_id, who)
    profile = None if profile_id is None else session.get(Profile, (shop_id, profile_id))
    if profile is None:
        return None
    theirs = select(Profile.id).where(Profile.shop_id == shop_id, Profile.merged_into_id == profile.id)
    part = (
        ProfileMerge.from_id.in_(theirs) | (ProfileMerge.from_id == profile.id) | (ProfileMerge.into_id == profile.id)
    )
    rows = session.scalars(
        select(ProfileMerge).where(ProfileMerge.shop_id == shop_id, part).order_by(ProfileMerge.id.desc())
    ).all()
    return Kept(
        profile,
        segments_of(session, shop_id, profile.id),
        [row for row in rows if row.undone_at is None],
        [row for row in rows if row.undone_at is not None],
    )
