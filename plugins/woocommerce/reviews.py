"""A WooCommerce review as a fact: as the REST interface lists it, or as our WordPress plugin tells it."""

from datetime import datetime
from typing import Annotated, Any

from pydantic import Field

from plugins.events import ReviewPosted
from plugins.reading import ExternalId, Loose, Moment, Text, read_as
from plugins.text import plain

LONGEST_WORDS = 10_000
SHOWN = {"approved", "approve", "1"}
Stars = Annotated[int, Field(ge=0, le=5)]


class _Listed(Loose):
    id: ExternalId
    product_id: ExternalId
    status: Text = "approved"
    reviewer_email: Text | None = None
    review: Text = ""
    rating: Stars | None = None
    verified: bool = False
    date_created_gmt: Moment


class _Told(Loose):
    id: ExternalId
    product_id: ExternalId
    customer_id: ExternalId | None = None
    email: Text | None = None
    rating: Stars | None = None
    words: Text = ""
    is_public: bool
    is_verified: bool = False
    posted_at: Moment


def read_listed(body: dict[str, Any], seen_at: datetime) -> ReviewPosted:
    """Read a review of a list. It has no time of change, so it counts as of when it was listed. Raises Malformed."""
    review = read_as(_Listed, body)
    return ReviewPosted(
        external_id=review.id,
        version_at=seen_at,
        item_external_id=review.product_id,
        email=(review.reviewer_email or "").strip().lower() or None,
        rating=review.rating or None,  # none given is 0 here
        words=plain(review.review, LONGEST_WORDS),
        is_public=review.status in SHOWN,
        is_verified=review.verified,
        posted_at=review.date_created_gmt,
    )


def read_told(data: dict[str, Any], at: datetime) -> ReviewPosted:
    """Read a review as our plugin tells it. Raises Malformed."""
    review = read_as(_Told, data)
    return ReviewPosted(
        external_id=review.id,
        version_at=at,
        item_external_id=review.product_id,
        customer_external_id=None if review.customer_id in {None, "0"} else review.customer_id,
        email=(review.email or "").strip().lower() or None,
        rating=review.rating or None,
        words=plain(review.words, LONGEST_WORDS),
        is_public=review.is_public,
        is_verified=review.is_verified,
        posted_at=review.posted_at,
    )
