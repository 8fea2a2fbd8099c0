"""Quiet hours: nobody is written to at night, by the shop's own clock."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo


def quiet_until(at: datetime, time_zone: str, begins: int, ends: int) -> datetime | None:
    """Return when the quiet around a moment ends, None when it is not quiet.

    begins, ends: hours of the day; alike: never quiet.
    """
    local = at.astimezone(ZoneInfo(time_zone))
    is_quiet = begins <= local.hour < ends if begins <= ends else local.hour >= begins or local.hour < ends
    if not is_quiet:
        return None
    end = local.replace(hour=ends, minute=0, second=0, microsecond=0)
    if end <= local:  # this evening's quiet lasts into tomorrow
        end = (end + timedelta(days=1)).replace(hour=ends)
    return end.astimezone(at.tzinfo)
