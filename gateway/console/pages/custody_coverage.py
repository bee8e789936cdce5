"""备付金覆盖: what every pool owes and where the money is, and one pool laid open."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta
from typing import Any

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from accounts import clock
from accounts.clock import business_day, start_of_day
from gateway.console import custody, custody_words, door, drawing, queries, words
from gateway.console.pages.loads import in_language
from gateway.console.seats import OfficerRequest
from gateway.pages.words import lasting, money
from reserve_funds.custody.cases.kinds import kind_of
from reserve_funds.custody.cases.models import Case
from reserve_funds.custody.coverage import ageing, figures, stops, watching
from reserve_funds.custody.coverage.models import Mark
from reserve_funds.custody.coverage.values import Coverage
from reserve_funds.custody.rules.pools import profile_of
from reserve_funds.errors import PoolNotOpen
from reserve_funds.ledger import sealing

WHOLE = 10_000
IN_TRANSIT = ("channel_receivable", "cash_in_transit", "pool_due_from")
STRIP = timedelta(days=13)


@door.seated(custody.READERS)
def board(request: OfficerRequest) -> HttpResponse:
    """Pool by pool: owed, held, ratio, in transit by age, doubt, and what comes next."""
    now = clock.now()
    told = custody.coverages(request.seat)
    trends = custody.trends(request.seat, now)
    doubts = custody.doubts(queries.unclear_loads(request.seat, now))
    waiting: dict[int | None, list[Case]] = {}
    for case in custody.open_cases(request.seat):
        waiting.setdefault(case.pool, []).append(case)
    names = words.pool_names()
    rows = [
        _row(one, names, trends.get(one.pool, []), waiting.get(one.pool, []), now)
        | {"doubt": doubts.get(one.pool)}
        for one in told
    ]
    owed = sum(one.positive_liabilities_fen for one in told)
    held = sum(one.held_fen for one in told)
    context = {
        "rows": rows,
        "ratio": ratio_text(None if owed == 0 else held * WHOLE // owed),
        "owed_fen": owed,
        "held_fen": held,
        "to_do": sum(row["meaning"] != "settled" for row in rows),
        "is_short": any(one.is_short for one in told),
        "cut_in": lasting(start_of_day(business_day(now) + timedelta(days=1)) - now),
        "here": "custody",
    }
    return render(request, "console/custody/board.html", context)


@door.seated(custody.READERS)
def pool(request: OfficerRequest, pool: int) -> HttpResponse:
    """One pool: every part of what is held and owed, cover due, the course, cases, days."""
    custody.require(request.seat, pool)
    now = clock.now()
    today = business_day(now)
    try:
        profile = profile_of(pool, today)
    except PoolNotOpen:
        raise Http404 from None
    told = figures.of(pool)
    cases = custody.open_cases(request.seat, pool)
    marks = custody.trends(request.seat, now).get(pool, [])
    context = _row(told, words.pool_names(), marks, cases, now) | {
        "profile": profile.name,
        "held_parts": _held(told),
        "owed_parts": [
            {"part": part, "word": custody_words.kind(part.kind)}
            for part in told.owed
            if part.fen or part.overdrawn_fen
        ],
        "cover": _cover(told, ageing.cover_due(told, profile, today), today),
        "cash": ageing.cash(told, profile, today),
        "top_up": [
            {"one": one, "word": custody_words.REASONS.get(one.reason, one.reason)}
            for one in watching.top_up(told, today)
        ],
        "deadline": watching.deadline_of(told, profile, today) if told.is_short else None,
        "wide": course(marks, now, width=640, height=96),
        "cases": case_rows(cases, today),
        "stops": stops.standing(pool),
        "days": [
            {"day": day, "state": words.of(custody_words.DAY, day.state)}
            for day in sealing.days(pool, first=today - STRIP, last=today)
        ],
        "here": "custody",
    }
    return render(request, "console/custody/pool.html", context)


def ratio_text(ratio_bp: int | None) -> str:
    """`99.97` of 9997; nothing owed is a dash."""
    return "–" if ratio_bp is None else f"{ratio_bp // 100}.{ratio_bp % 100:02d}"


def case_rows(cases: Iterable[Case], today: date) -> list[dict[str, Any]]:
    """Cases in words, with whether their last day is over or near."""
    return [
        {
            "case": one,
            "word": in_language(kind_of(one.kind).zh, kind_of(one.kind).en),
            "meaning": _urgency(one.deadline, today),
            "owner": words.ROLES.get(one.owner, one.owner),
            "pool": words_of_pool(one.pool),
        }
        for one in cases
    ]


def words_of_pool(number: int | None) -> str:
    """What a pool is called; nothing for none."""
    return "" if number is None else words.pool_names().get(number, str(number))


def course(marks: Sequence[Mark], now: datetime, *, width: int = 96, height: int = 24) -> Any:
    """The ratio of the last days as a line, with the same in words."""
    values = [WHOLE if m.owed_fen <= 0 else m.held_fen * WHOLE // m.owed_fen for m in marks]
    told = ""
    if values:
        told = _("近 7 天覆盖率：最低 %(low)s %%，现在 %(last)s %%") % {
            "low": ratio_text(min(values)),
            "last": ratio_text(values[-1]),
        }
    return drawing.course(values, floor=WHOLE, told=told, width=width, height=height)


def _row(
    told: Coverage, names: dict[int, str], marks: Sequence[Mark], cases: list[Case], now: datetime
) -> dict[str, Any]:
    ages = _ages(told, now)
    transit = sum(told.held_of(kind) for kind in IN_TRANSIT)
    return {
        "told": told,
        "pool": told.pool,
        "name": names.get(told.pool, str(told.pool)),
        "ratio": ratio_text(told.ratio_bp),
        "meaning": "wrong" if told.is_short else "waiting" if told.cover_due_fen else "settled",
        "gap_fen": told.held_fen - told.positive_liabilities_fen,
        "transit_fen": transit,
        "ages": ages,
        "bars": drawing.bars(ages, told="；".join(f"{word} {money(fen)}" for word, fen in ages)),
        "course": course(marks, now),
        "shortfall": next((case for case in cases if case.kind == watching.SHORTFALL), None),
        "case_count": len(cases),
        "late_count": sum(
            case.deadline is not None and case.deadline < business_day(now) for case in cases
        ),
    }


def _ages(told: Coverage, now: datetime) -> list[tuple[str, int]]:
    """What is on its way by its age in days: up to one, up to three, older."""
    young = middle = old = 0
    for part in told.held:
        if part.kind not in IN_TRANSIT:
            continue
        days = custody.age_of(part.owner, now)
        told_by_day = [((business_day(now) - day).days, fen) for day, fen in part.ages]
        for age, fen in told_by_day or [(days or 0, part.fen)]:
            young += fen if age <= 1 else 0
            middle += fen if 1 < age <= 3 else 0
            old += fen if age > 3 else 0
    return [(_("1 天内"), young), (_("2–3 天"), middle), (_("3 天以上"), old)]


def _held(told: Coverage) -> list[dict[str, Any]]:
    kinds: dict[str, list[int]] = {}
    for part in told.held:
        kinds.setdefault(part.kind, []).append(part.fen)
    return [
        {"kind": kind, "word": custody_words.kind(kind), "count": len(each), "fen": sum(each)}
        for kind, each in kinds.items()
        if any(each)
    ]


def _cover(told: Coverage, aged: Iterable[ageing.Aged], today: date) -> list[dict[str, Any]]:
    known = {one.subject: one for one in aged}
    return [
        {
            "due": due,
            "word": custody_words.REASONS.get(due.reason, due.reason),
            "aged": known.get(due.reason),
            "meaning": _urgency(known[due.reason].deadline, today) if due.reason in known else "",
        }
        for due in told.cover_due
        if due.fen
    ]


def _urgency(deadline: date | None, today: date) -> str:
    if deadline is None:
        return "information"
    if deadline < today:
        return "wrong"
    return "waiting" if (deadline - today).days <= 1 else "information"
