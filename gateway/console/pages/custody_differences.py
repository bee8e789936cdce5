"""五方对账: what differs, one difference with its chain, and vouchers that two people decide."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.text import capfirst

from accounts import clock, officers
from accounts.errors import DomainError
from gateway.console import custody, custody_words, door, tracing, words
from gateway.console.pages.loads import in_language
from gateway.console.seats import OfficerRequest
from reserve_funds.custody.errors import DifferenceOver, LineUnknown, ProposalNotOffered
from reserve_funds.custody.matching import deciding, explaining, listing, proposing
from reserve_funds.custody.matching.proposing import Choice, Voucher
from reserve_funds.custody.matching.queries import Told
from reserve_funds.custody.matching.values import WORDS, Side


@door.seated(custody.READERS)
def differences(request: OfficerRequest) -> HttpResponse:
    """What differs, the largest value at risk first; a chip for each kind."""
    now = clock.now()
    mine = custody.pools_of(request.seat)
    sort = request.GET.get("sort", "")
    if sort and sort not in {one.value for one in WORDS}:
        raise Http404
    after = _after(request.GET.get("after"))
    found = listing.found(mine, now=now, sort=sort, after=after, limit=custody.PAGE + 1)
    shown = found[: custody.PAGE]
    sums = listing.sums(mine)
    context = {
        "rows": [_told(one) for one in shown],
        "sums": [{"one": one, "word": custody_words.sort(one.sort)} for one in sums],
        "count": sum(one.count for one in sums),
        "value_fen": sum(one.value_fen for one in sums),
        "sort": sort,
        "next": f"{shown[-1].value_fen}_{shown[-1].id}" if len(found) > len(shown) else "",
        "here": "differences",
    }
    return render(request, "console/custody/differences.html", context)


@door.seated(custody.READERS, personal=True)
def difference(request: OfficerRequest, difference_id: UUID) -> HttpResponse:
    """One difference: both sides' lines, the chain behind them, what may be proposed."""
    return render(
        request, "console/custody/difference.html", _opened(request, difference_id, clock.now())
    )


def ask_voucher(
    request: OfficerRequest,
    /,
    *,
    difference_id: UUID,
    choice: str,
    mistake: DomainError | None = None,
) -> HttpResponse:
    """The page on which a voucher is proposed: its effect before and after, and a reason."""
    now = clock.now()
    context = _opened(request, difference_id, now)
    try:
        voucher = proposing.propose(difference_id, now=now, choice=_choice(choice))
    except (DifferenceOver, ProposalNotOffered) as over:
        context |= {"mistake": mistake or over}
        return render(request, "console/custody/difference.html", context, status=409)
    context |= {
        "voucher": voucher,
        "effects": _effects(voucher),
        "postings": [
            {
                "one": one,
                "event": custody_words.event(one.code),
                "debit": custody_words.kind(one.debit.kind),
                "credit": custody_words.kind(one.credit.kind),
            }
            for one in voucher.postings
        ],
        "choice_word": custody_words.CHOICES[voucher.choice.value],
        "sentence": in_language(voucher.zh, voucher.en),
        "reason": request.POST.get("reason", ""),
        "mistake": mistake,
    }
    return render(request, "console/custody/voucher_ask.html", context)


@door.acting(custody.MAKERS, ask_voucher)
def propose(request: OfficerRequest, difference_id: UUID, choice: str) -> HttpResponse:
    """The proposal, on the evidence that was on the page."""
    now = clock.now()
    custody.difference(request.seat, difference_id, now)
    deciding.ask(
        difference_id,
        _choice(choice),
        maker=request.seat.person,
        reason=request.POST.get("reason", ""),
        seen=request.POST.get("seen", ""),
        now=now,
    )
    return HttpResponseRedirect(reverse("console:custody-difference", args=[difference_id]))


def _opened(request: OfficerRequest, difference_id: UUID, now: datetime) -> dict[str, Any]:
    one = custody.difference(request.seat, difference_id, now)
    made = listing.decisions_of(difference_id)
    names = officers.names_of(str(each.maker_id) for each in made)
    waits = next((each for each in made if each.state == "proposed"), None)
    lines = listing.lines(difference_id)
    may = waits is None and one.state == "open" and custody.may_ask(request.seat, one.pool)
    offered = proposing.choices(difference_id) if may else ()
    return _told(one) | {
        "lines": [
            {
                "line": line,
                "side": custody_words.SIDES[line.side],
                "standing": words.of(custody_words.STANDINGS, line.standing),
            }
            for line in lines
        ],
        "chain": _chain(lines),
        "choices": [(each.value, custody_words.CHOICES[each.value]) for each in offered],
        "decisions": [
            {
                "one": each,
                "by": names.get(str(each.maker_id), ""),
                "word": custody_words.CHOICES.get(each.choice, each.choice),
                "state": words.of(custody_words.DECISION, each.state),
            }
            for each in made
        ],
        "waits": waits,
        "here": "differences",
    }


def _chain(lines: list[Any]) -> list[Any]:
    for line in lines:
        try:
            return tracing.of_story(explaining.explain(Side(line.side), line.source_id))
        except LineUnknown:
            continue
    return []


def _told(one: Told) -> dict[str, Any]:
    return {
        "one": one,
        "word": custody_words.sort(one.sort.value),
        "sentence_of_sort": capfirst(
            in_language(WORDS[one.sort].meaning_zh, WORDS[one.sort].meaning_en)
        ),
        "relation": custody_words.RELATIONS.get(one.relation, one.relation),
        "owner": custody_words.OWNERS.get(one.owner, one.owner),
        "state": words.of(custody_words.DIFFERENCE, one.state),
        "pool": words.pool_names().get(one.pool, str(one.pool)),
    }


def _effects(voucher: Voucher) -> list[dict[str, Any]]:
    labels = tracing.names(voucher.pool, [each.account for each in voucher.effects])
    return [
        {
            "word": custody_words.kind(each.account.kind),
            "label": labels[each.account],
            "before": each.before_fen,
            "after": each.after_fen,
            "change": each.after_fen - each.before_fen,
        }
        for each in voucher.effects
    ]


def _choice(text: str) -> Choice:
    try:
        return Choice(text)
    except ValueError:
        raise Http404 from None


def _after(text: str | None) -> tuple[int, UUID] | None:
    if not text:
        return None
    value, _line, own_id = text.partition("_")
    try:
        return int(value), UUID(own_id)
    except ValueError:
        raise Http404 from None
