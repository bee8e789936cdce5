"""认账规则: by what each account's bank entries are known; asking for a rule, ending one."""

from __future__ import annotations

from typing import Any, Final
from uuid import UUID

from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse

from accounts import clock
from accounts.errors import DomainError
from gateway.console import custody, custody_words, door, mistakes, words
from gateway.console.seats import OfficerRequest
from reserve_funds.custody.bank import queries, standing
from reserve_funds.custody.bank.errors import StandingWordMalformed, WordUnknown
from reserve_funds.custody.bank.models import CustodyAccount, RecognitionRule
from reserve_funds.custody.bank.recognition import Known, Rule

_USUAL_PLACE: Final = 100


@door.seated(custody.READERS)
def recognition(request: OfficerRequest, pool: int) -> HttpResponse:
    """The rules in force, account by account in the order they are asked."""
    custody.require(request.seat, pool)
    context = _pool(pool) | {
        "rows": [_row(rule) for rule in queries.rules_of([pool])],
        "kinds": [(str(one), custody_words.KNOWN[one]) for one in Known],
        "may_ask": custody.may_ask(request.seat, pool) and bool(_reserve(pool)),
    }
    return render(request, "console/custody/recognition.html", context)


def ask_rule(
    request: OfficerRequest, /, *, pool: int, kind: str, mistake: DomainError | None = None
) -> HttpResponse:
    """The form of one kind: the account, what is sought where, and the terms this kind needs."""
    custody.require(request.seat, pool)
    wanted = _kind(kind)
    context = (
        _pool(pool)
        | mistakes.of(mistake)
        | {
            "kind": kind,
            "word": custody_words.KNOWN[wanted],
            "accounts": _reserve(pool),
            "own_accounts": [one for one in queries.accounts([pool]) if one.use != "reserve"],
            "channels": list(words.CHANNELS.items()),
            "reasons": list(custody_words.REASONS.items()),
            "typed": request.POST,
        }
    )
    return render(request, "console/custody/recognition_ask.html", context)


@door.acting(custody.MAKERS, ask_rule)
def ask(request: OfficerRequest, pool: int, kind: str) -> HttpResponse:
    """The proposal of a rule; another officer decides and sees what it ends."""
    custody.require(request.seat, pool)
    wanted, form = _kind(kind), request.POST
    account = {str(one.pk): one for one in _reserve(pool)}.get(form.get("account", ""))
    if account is None:
        raise StandingWordMalformed(field="account")
    asked = standing.ask_rule(
        Rule(
            name=form.get("name", "").strip(),
            kind=wanted,
            counterparty=form.get("counterparty", "").strip(),
            words=form.get("words", "").strip(),
            place=_whole(form.get("place", ""), "place"),
            terms=_terms(request, wanted),
        ),
        account=account,
        maker=request.seat.person,
        now=clock.now(),
    )
    return HttpResponseRedirect(reverse("console:approval", args=[asked.pk]))


def ask_end(
    request: OfficerRequest, /, *, pool: int, rule_id: UUID, mistake: DomainError | None = None
) -> HttpResponse:
    """The page on which an officer ends a rule, with what that means."""
    context = (
        _pool(pool)
        | mistakes.of(mistake)
        | {
            "row": _row(_rule(request, pool, rule_id)),
        }
    )
    return render(request, "console/custody/recognition_end.html", context)


@door.acting(custody.MAKERS, ask_end)
def end(request: OfficerRequest, pool: int, rule_id: UUID) -> HttpResponse:
    """Ended at once by one officer: from then on people are asked more, never less."""
    _rule(request, pool, rule_id)
    standing.end_rule(rule_id, officer=request.seat.person, now=clock.now())
    return HttpResponseRedirect(reverse("console:custody-recognition", args=[pool]))


def _terms(request: OfficerRequest, kind: Known) -> dict[str, Any]:
    form = request.POST
    if kind is Known.CHANNEL_PAYOUT:
        return {
            "channel": form.get("channel", ""),
            "days_before": _whole(form.get("days_before", ""), "terms"),
            "working_days": form.get("working_days") == "on",
        }
    if kind is Known.OWN_COVER:
        return {
            "reason": form.get("cover_reason", ""),
            "own_account_id": form.get("own_account", ""),
        }
    return {}


def _row(rule: RecognitionRule) -> dict[str, Any]:
    return {
        "one": rule,
        "word": custody_words.KNOWN.get(rule.kind, rule.kind),
        "terms": custody_words.terms(
            {name: value for name, value in rule.terms.items() if name != "own_account_id"}
        ),
    }


def _rule(request: OfficerRequest, pool: int, rule_id: UUID) -> RecognitionRule:
    custody.require(request.seat, pool)
    for rule in queries.rules_of([pool]):
        if rule.pk == rule_id:
            return rule
    raise WordUnknown(id=str(rule_id))


def _pool(pool: int) -> dict[str, Any]:
    name = words.pool_names().get(pool, str(pool))
    return {"pool": pool, "pool_name": name, "here": "custody"}


def _reserve(pool: int) -> list[CustodyAccount]:
    return [one for one in queries.accounts([pool]) if one.use == "reserve" and not one.closed_on]


def _kind(text: str) -> Known:
    try:
        return Known(text)
    except ValueError:
        raise Http404 from None


def _whole(text: str, field: str) -> int:
    told = text.strip() or ("0" if field == "terms" else str(_USUAL_PLACE))
    if not (told.isascii() and told.isdecimal() and len(told) < 10):
        raise StandingWordMalformed(field=field)
    return int(told)
