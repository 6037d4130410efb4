"""How moments are written down: UTC to the second, ISO 8601, so that they sort as text."""

from __future__ import annotations

from datetime import UTC, datetime

CLOCK = "%Y-%m-%dT%H:%M:%SZ"


def stamped(moment: datetime) -> str:
    """A moment as it is written."""
    return moment.astimezone(UTC).strftime(CLOCK)


def stamp() -> str:
    """The present moment as it is written."""
    return stamped(datetime.now(UTC))


def read_stamp(text: str) -> datetime:
    """The moment that was written."""
    return datetime.strptime(text, CLOCK).replace(tzinfo=UTC)
