"""How money, moments and long numbers are written for people, in either language."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.utils.translation import gettext as _

from accounts.clock import SHANGHAI, business_day

FEN_IN_YUAN = 100
_MINUTE, _HOUR = timedelta(minutes=1), timedelta(hours=1)


def money(fen: int) -> str:
    """`¥182,334.50` of 18233450 fen; what is owed the other way as `-¥5.00`."""
    yuan, rest = divmod(abs(fen), FEN_IN_YUAN)
    return f"{'-' if fen < 0 else ''}¥{yuan:,}.{rest:02d}"


def moment(at: datetime, now: datetime) -> str:
    """`今天 14:05`, `昨天 18:02`, `明天 10:00`, else the day (its year unless this one).

    Both moments are aware; days are those of Asia/Shanghai.
    """
    day, today = business_day(at), business_day(now)
    clock = at.astimezone(SHANGHAI).strftime("%H:%M")
    near = {0: _("今天"), -1: _("昨天"), 1: _("明天")}
    away = (day - today).days
    if away in near:
        return f"{near[away]} {clock}"
    if day.year == today.year:
        return f"{day.month:02d}-{day.day:02d} {clock}"
    return f"{day.isoformat()} {clock}"


def exact(at: datetime) -> str:
    """The moment to the second, in Beijing time, as shown on hover: `2026-11-22 14:05:09`."""
    return at.astimezone(SHANGHAI).strftime("%Y-%m-%d %H:%M:%S")


def lasting(span: timedelta) -> str:
    """How long something has lasted or has left, in its largest unit: `3 天`, `5 分钟`."""
    span = abs(span)
    if span >= timedelta(days=1):
        return _("%(n)s 天") % {"n": span.days}
    if span >= _HOUR:
        return _("%(n)s 小时") % {"n": span // _HOUR}
    return _("%(n)s 分钟") % {"n": span // _MINUTE}


def grouped(text: str, size: int = 8) -> str:
    """A long hexadecimal number in groups, so that eyes can compare it."""
    return " ".join(text[at : at + size] for at in range(0, len(text), size))
