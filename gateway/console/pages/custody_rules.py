"""规则: the profile a pool lives under, its limits and recognition rules, and changes of both."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse

from accounts import clock
from accounts.clock import business_day
from accounts.errors import DomainError
from gateway.console import contents, custody, custody_words, door, words
from gateway.console.amounts import fen_of
from gateway.console.pages.loads import in_language
from gateway.console.seats import OfficerRequest
from reserve_funds.custody.bank import profiles, queries, standing
from reserve_funds.custody.rules import book, changing, replay
from reserve_funds.custody.rules.rule import Profile
from reserve_funds.errors import PoolNotOpen, ProfileDayIsOpen
from reserve_funds.handbook import Purpose


@door.seated(custody.READERS)
def rules(request: OfficerRequest, pool: int) -> HttpResponse:
    """Every rule with its clause and how sure we are of it; limits; how bank entries are known."""
    profile = _profile(request, pool)
    permitted = [one for one in Purpose if profile.permits(one)]
    limits = queries.one_checker_limits(pool, permitted)
    context = {
        "pool": pool,
        "pool_name": words.pool_names().get(pool, str(pool)),
        "profile": profile,
        "told": in_language(profile.zh, profile.en),
        "rules": [
            {
                "one": rule,
                "said": in_language(rule.zh, rule.en),
                "sort": custody_words.RULE_SORTS[str(rule.sort)],
            }
            for rule in profile.rules.values()
        ],
        "limits": [
            {"value": str(one), "word": custody_words.PURPOSES[one], "fen": limits[one]}
            for one in permitted
        ],
        "known": queries.rules_of([pool]),
        "others": [name for name in book.NAMES if name != profile.name],
        "may_ask": custody.may_ask(request.seat, pool),
        "here": "custody",
    }
    return render(request, "console/custody/rules.html", context)


def ask_change(
    request: OfficerRequest, /, *, pool: int, profile: str, mistake: DomainError | None = None
) -> HttpResponse:
    """The form: from which day, and what the last days would have been under the other rules."""
    now = clock.now()
    present, wanted = _profile(request, pool), _named(profile)
    seen = replay.replay(pool, wanted.name, today=business_day(now), days=changing.REPLAYED_DAYS)
    context = {
        "pool": pool,
        "pool_name": words.pool_names().get(pool, str(pool)),
        "present": in_language(present.zh, present.en),
        "wanted": in_language(wanted.zh, wanted.en),
        "refused": seen.refused,
        "replayed": contents.facts(changing.told(seen)),
        "days": changing.REPLAYED_DAYS,
        "from_day": request.POST.get("from_day", ""),
        "reason": request.POST.get("reason", ""),
        "mistake": mistake,
        "here": "custody",
    }
    return render(request, "console/custody/rules_change.html", context)


@door.acting(custody.MAKERS, ask_change)
def change(request: OfficerRequest, pool: int, profile: str) -> HttpResponse:
    """The proposal to live under other rules from a day on; another officer decides."""
    _profile(request, pool)
    asked = changing.ask(
        pool=pool,
        profile=_named(profile).name,
        from_day=_day(request.POST.get("from_day", ""), pool),
        because=request.POST.get("reason", "").strip(),
        maker=request.seat.person,
        now=clock.now(),
    )
    return HttpResponseRedirect(reverse("console:approval", args=[asked.pk]))


def ask_limit(
    request: OfficerRequest, /, *, pool: int, purpose: str, mistake: DomainError | None = None
) -> HttpResponse:
    """The form: up to what amount one checker shall be enough."""
    _profile(request, pool)
    wanted = _purpose(purpose)
    context: dict[str, Any] = {
        "pool": pool,
        "pool_name": words.pool_names().get(pool, str(pool)),
        "purpose": custody_words.PURPOSES[wanted],
        "limit_fen": queries.one_checker_limits(pool, [wanted])[wanted],
        "amount": request.POST.get("amount", ""),
        "mistake": mistake,
        "here": "custody",
    }
    return render(request, "console/custody/limit.html", context)


@door.acting(custody.MAKERS, ask_limit)
def limit(request: OfficerRequest, pool: int, purpose: str) -> HttpResponse:
    """The proposal of another limit; another officer decides."""
    _profile(request, pool)
    asked = standing.ask_limit(
        pool=pool,
        purpose=_purpose(purpose),
        one_checker_most_fen=fen_of(request.POST.get("amount", "")),
        maker=request.seat.person,
        now=clock.now(),
    )
    return HttpResponseRedirect(reverse("console:approval", args=[asked.pk]))


def _profile(request: OfficerRequest, pool: int) -> Profile:
    custody.require(request.seat, pool)
    try:
        return profiles.of_open_day(pool)
    except PoolNotOpen:
        raise Http404 from None


def _named(name: str) -> Profile:
    if name not in book.NAMES:
        raise Http404
    return book.by_name(name)


def _purpose(text: str) -> Purpose:
    try:
        return Purpose(text)
    except ValueError:
        raise Http404 from None


def _day(text: str, pool: int) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise ProfileDayIsOpen(pool=pool, asked=text[:10]) from None
