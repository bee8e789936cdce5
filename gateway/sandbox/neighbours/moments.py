"""Moments and days as the sandbox's institutions print them: in Shanghai's time."""

from datetime import UTC, datetime, timedelta, timezone

SHANGHAI = timezone(timedelta(hours=8))


def shown_moment(seconds: float) -> str:
    """RFC 3339 with the offset of Shanghai."""
    return local(int(seconds)).isoformat()


def plain_moment(seconds: float) -> str:
    """YYYY-MM-DD HH:MM:SS in Shanghai."""
    return local(int(seconds)).strftime("%Y-%m-%d %H:%M:%S")


def seconds_of(text: str) -> float:
    """The moment of a YYYY-MM-DD HH:MM:SS in Shanghai; ValueError."""
    return datetime.strptime(f"{text} +0800", "%Y-%m-%d %H:%M:%S %z").timestamp()


def day_of(seconds: float) -> str:
    """The day in Shanghai, YYYY-MM-DD."""
    return local(seconds).date().isoformat()


def local(seconds: float) -> datetime:
    """The moment in Shanghai."""
    return datetime.fromtimestamp(seconds, UTC).astimezone(SHANGHAI)
