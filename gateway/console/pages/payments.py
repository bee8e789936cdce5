"""Money that machines set aside: the list, one matter laid open, a first officer's proposal."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse

from accounts import clock, officers, roles
from accounts.errors import DomainError
from gateway.console import door, explaining, queries, words
from gateway.console.pages.loads import in_language
from gateway.console.seats import OfficerRequest
from gateway.pages.timeline import Fact
from gateway.pages.words import money
from gateway.payments.decisions import deciding
from gateway.payments.decisions.matters import WORDS, Choice, Dossier, Statement, Wish

MAKERS = frozenset({roles.FINANCE_OFFICER})
_SOURCES = {"notice": "notice", "bill": "bill"}


@door.seated(queries.MONEY_READERS, personal=True)
def set_aside(request: OfficerRequest) -> HttpResponse:
    """What waits, oldest first."""
    found = queries.set_aside(request.seat, clock.now())
    pools = words.pool_names()
    rows = [
        {
            "item": one,
            "what": words.MATTERS[one.matter.value],
            "pool": pools.get(one.pool, ""),
            "channel": words.CHANNELS.get(one.channel, one.channel),
            "work": words.DUTIES.get(one.work, one.work),
        }
        for one in found[: queries.PAGE]
    ]
    context = {"rows": rows, "count": len(found), "here": "set-aside"}
    return render(request, "console/set_aside.html", context)


@door.seated(queries.MONEY_READERS, personal=True)
def matter(request: OfficerRequest, ref: str) -> HttpResponse:
    """One matter: what the channel said, what we did, where the money stands."""
    return render(request, "console/matter.html", _opened(request, ref))


def ask_choice(
    request: OfficerRequest, /, *, ref: str, choice: str, mistake: DomainError | None = None
) -> HttpResponse:
    """The page on which a choice is given its reason and what it rests on."""
    wanted = _choice(choice)
    context = _opened(request, ref) | {
        "choice": wanted.value,
        "choice_word": in_language(*WORDS[wanted]),
        "typed": request.POST,
        "mistake": mistake,
    }
    return render(request, "console/matter_choice.html", context)


@door.acting(MAKERS, ask_choice)
def propose(request: OfficerRequest, ref: str, choice: str) -> HttpResponse:
    """The proposal, on the evidence that was on the page."""
    queries.matter(request.seat, ref)
    deciding.propose(
        ref,
        choice=_choice(choice),
        maker=request.seat.person,
        reason=request.POST.get("reason", ""),
        seen=request.POST.get("seen", ""),
        now=clock.now(),
        wish=Wish(
            statement_id=request.POST.get("statement_id", ""),
            settlement_day=_day(request.POST.get("settlement_day", "")),
            evidence=request.POST.get("evidence", ""),
        ),
    )
    return HttpResponseRedirect(reverse("console:matter", args=[ref]))


@door.seated(queries.KEY_READERS | {roles.FINANCE_OFFICER}, province=True)
def channel_keys(request: OfficerRequest) -> HttpResponse:
    """Each key of each channel account: its end, and its share of the last week's traffic."""
    now = clock.now()
    rows = [
        {
            "key": one,
            "channel": words.CHANNELS.get(one.channel, one.channel),
            "ends": words.ending(one.valid_until, now, known=one.known),
        }
        for one in queries.channel_keys(now)
    ]
    return render(request, "console/channel_keys.html", {"rows": rows, "here": "channel-keys"})


def _opened(request: OfficerRequest, ref: str) -> dict[str, Any]:
    file = queries.matter(request.seat, ref)
    item = file.item
    acted = [one.actor.removeprefix("officer:") for one in file.history]
    makers = [str(one.maker_id) for one in file.proposals]
    names = officers.names_of([*acted, *makers])
    may = item.proposal_id is None and request.seat.reaches(item.pool, MAKERS)
    return {
        "file": file,
        "item": item,
        "what": words.MATTERS[item.matter.value],
        "pool": words.pool_names().get(item.pool, ""),
        "channel": words.CHANNELS.get(item.channel, item.channel),
        "facts": _facts(file, names),
        "choices": [(one.value, in_language(*WORDS[one])) for one in item.choices] if may else [],
        "proposals": [
            {
                "proposal": one,
                "by": names.get(str(one.maker_id), ""),
                "word": in_language(*WORDS[one.choice]),
                "state": words.of(words.PROPOSAL, one.state),
            }
            for one in file.proposals
        ],
        "here": "set-aside",
    }


def _facts(file: Dossier, names: dict[str, str]) -> list[Fact]:
    said = [_statement(one) for one in file.statements]
    moves = []
    for one in file.history:
        kind, _, own_id = one.actor.partition(":")
        by = explaining.who(kind, own_id, names)
        source = explaining.source_of(kind)
        details = ((words.BECAUSE, one.because),) if one.because else ()
        title = words.MONEY_STATES.get(one.to_state, one.to_state)
        moves.append(Fact(at=one.at, source=source, title=title, by=by, details=details))
    return [*said, *moves]


def _statement(one: Statement) -> Fact:
    amount = [] if one.amount_fen is None else [(words.AMOUNT, money(one.amount_fen))]
    number = [(words.NUMBER, one.transaction_no)] if one.transaction_no else []
    against = [(words.AGAINST, "、".join(one.against))] if one.against else []
    return Fact(
        at=one.at,
        source=_SOURCES.get(one.source, "notice"),
        title=words.channel_says(one.source, one.state),
        meaning="wrong" if one.against else "information",
        details=(*amount, *number, *against),
    )


def _choice(text: str) -> Choice:
    try:
        return Choice(text)
    except ValueError:
        raise Http404 from None


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        return None
