"""What was learned about people, for the merchant's pages. Reads only."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from app.learning.trainings import PEOPLE
from app.models import Prediction, PredictorVersion, Profile, Training
from app.models.work import OPEN

SPOKEN_OF = text("""
    SELECT kind, count(*) FILTER (WHERE is_known) AS known, count(*) AS people
    FROM predictions WHERE shop_id = :shop_id GROUP BY kind
""")


@dataclass(frozen=True)
class Spoken:
    """Of how many people a kind of predictor can say something, and about how many it was asked."""

    known: int = 0
    people: int = 0


def newest_versions(session: Session, shop_id: int) -> dict[str, PredictorVersion]:
    """Return what the newest training came to, kind by kind, whether or not anything serves."""
    mine = PredictorVersion.shop_id == shop_id
    newest = select(func.max(PredictorVersion.id)).where(mine).group_by(PredictorVersion.kind)
    rows = session.scalars(select(PredictorVersion).where(mine, PredictorVersion.id.in_(newest)))
    return {row.kind: row for row in rows}


def spoken_of(session: Session, shop_id: int) -> dict[str, Spoken]:
    """Count the people each kind speaks of."""
    rows = session.execute(SPOKEN_OF, {"shop_id": shop_id})
    return {row.kind: Spoken(row.known, row.people) for row in rows}


def open_about_people(session: Session, shop_id: int) -> Sequence[Training]:
    """Return what is being learned about people now, or waits for its turn."""
    about = (Training.shop_id == shop_id, Training.kind == PEOPLE, Training.state.in_(OPEN))
    return session.scalars(select(Training).where(*about).order_by(Training.id)).all()


def expected_of(session: Session, shop_id: int, profile_id: int) -> list[Prediction]:
    """Return what is expected of one person, where that can be said and nothing has happened since."""
    rows = session.scalars(
        select(Prediction)
        .join(Profile, (Profile.shop_id == Prediction.shop_id) & (Profile.id == Prediction.profile_id))
        .where(Prediction.shop_id == shop_id, Prediction.profile_id == profile_id, Prediction.is_known)
        .where(Prediction.knew_order_at.is_not_distinct_from(Profile.last_order_at))
        .where(Prediction.until.is_(None) | (Prediction.until > func.regulars_now()))
        .order_by(Prediction.kind)
    )
    return list(rows)
