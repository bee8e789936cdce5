"""银行对账单: uploaded, taken or refused, breaks between them, entries in suspense and 查清."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse

from accounts import clock, officers
from accounts.errors import DomainError
from gateway.console import custody, custody_words, door, tracing, words
from gateway.console.amounts import fen_of
from gateway.console.pages.loads import in_language
from gateway.console.seats import OfficerRequest
from gateway.pages.words import money
from reserve_funds.custody.bank import continuity, corrections, queries, taking, understanding
from reserve_funds.custody.bank.errors import OutflowMalformed
from reserve_funds.custody.errors import StatementDiffers, StatementUnreadable
from reserve_funds.custody.statements import reading
from reserve_funds.handbook import BY_CODE
from reserve_funds.ledger import queries as ledger
from reserve_funds.ledger.values import Ref

UNDERSTOOD_AS = BY_CODE["suspense_understood"].credits


@door.seated(custody.READERS, personal=True)
def statements(request: OfficerRequest) -> HttpResponse:
    """The files, newest first; breaks between statements; entries that nobody understands yet."""
    mine = custody.pools_of(request.seat)
    before = _id(request.GET.get("before"))
    found = queries.files(
        mine, actor_id=str(request.seat.person.pk), before=before, limit=custody.PAGE + 1
    )
    shown = found[: custody.PAGE]
    accounts = {one.id: one for one in queries.accounts(mine)}
    pools = words.pool_names()
    context = {
        "files": [_file(one) for one in shown],
        "gaps": [
            {
                "gap": gap,
                "account": accounts[gap.account_id],
                "missing": money(gap.opening_fen - gap.closed_fen),
            }
            for gap in continuity.gaps(list(accounts))
        ],
        "unclear": [
            {"one": one, "pool": pools.get(one.pool, str(one.pool))}
            for one in custody.unclear(request.seat)
        ],
        "corrections": queries.corrections(mine),
        "earlier": shown[-1].pk if len(found) > len(shown) else None,
        "may_ask": request.seat.holds(custody.MAKERS),
        "here": "statements",
    }
    return render(request, "console/custody/statements.html", context)


def ask_upload(request: OfficerRequest, /, *, mistake: DomainError | None = None) -> HttpResponse:
    """The form: a file and the form it is written in."""
    context = {
        "forms": reading.forms(),
        "form": request.POST.get("form", ""),
        "most_mib": reading.LARGEST_TABLE_BYTES >> 20,
        "accounts": queries.accounts(custody.making_pools(request.seat)),
        "mistake": mistake,
        "why": str(mistake) if isinstance(mistake, StatementUnreadable) else "",
        "here": "statements",
    }
    return render(request, "console/custody/upload.html", context)


@door.acting(custody.MAKERS, ask_upload)
def upload(request: OfficerRequest) -> HttpResponse:
    """Taken whole for the accounts of this officer's pools, or refused and told why."""
    file = request.FILES.get("file")
    if file is None:
        raise StatementUnreadable("no file, or one that is too large")
    taken = taking.take(
        file,  # type: ignore[arg-type]
        form=request.POST.get("form", ""),
        name=str(file.name or "")[:200],
        source="upload",
        actor=request.seat.actor,
        pools=custody.making_pools(request.seat),
        now=clock.now(),
    )
    return HttpResponseRedirect(f"{reverse('console:custody-statements')}?taken={taken.file_id}")


@door.seated(custody.READERS, personal=True)
def entry(request: OfficerRequest, entry_id: UUID) -> HttpResponse:
    """One entry of a bank: what it says, what of it is in suspense, what officers said of it."""
    return render(request, "console/custody/entry.html", _opened(request, entry_id))


def ask_word(
    request: OfficerRequest, /, *, entry_id: UUID, mistake: DomainError | None = None
) -> HttpResponse:
    """The form: whose money it was, how much of it, and why."""
    context = _opened(request, entry_id) | {
        "kinds": [(kind, custody_words.kind(kind)) for kind in UNDERSTOOD_AS],
        "reasons": list(custody_words.REASONS.items()),
        "typed": request.POST,
        "mistake": mistake,
    }
    context["own_accounts"] = [
        one for one in queries.accounts([context["one"].account.pool]) if one.use != "reserve"
    ]
    return render(request, "console/custody/understand.html", context)


@door.acting(custody.MAKERS, ask_word)
def understand(request: OfficerRequest, entry_id: UUID) -> HttpResponse:
    """The proposal; another officer decides."""
    one = _entry(request, entry_id)
    kind, owner = request.POST.get("kind", ""), request.POST.get("owner", "").strip()
    if kind not in UNDERSTOOD_AS or not owner:
        raise OutflowMalformed(field="as")
    amount = request.POST.get("amount", "").strip()
    own = {str(each.id): each for each in queries.accounts([one.account.pool])}
    understanding.ask(
        entry_id,
        as_=Ref(kind=kind, owner=owner),
        amount_fen=fen_of(amount) if amount else None,
        own_account=own.get(request.POST.get("own_account", "")),
        because=request.POST.get("reason", ""),
        maker=request.seat.person,
        now=clock.now(),
    )
    return HttpResponseRedirect(reverse("console:custody-entry", args=[entry_id]))


def ask_correction(
    request: OfficerRequest, /, *, file_id: UUID, mistake: DomainError | None = None
) -> HttpResponse:
    """The form: for which account a refused file shall be taken as the bank's correction."""
    file = _refused(request, file_id)
    context = {
        "row": _file(file),
        "accounts": queries.accounts(custody.making_pools(request.seat)),
        "account": request.POST.get("account", ""),
        "reason": request.POST.get("reason", ""),
        "mistake": mistake,
        "here": "statements",
    }
    return render(request, "console/custody/correction.html", context)


@door.acting(custody.MAKERS, ask_correction)
def correct(request: OfficerRequest, file_id: UUID) -> HttpResponse:
    """The proposal that a bank told otherwise and is right; another officer decides."""
    file = _refused(request, file_id)
    mine = {str(one.id): one for one in queries.accounts(custody.making_pools(request.seat))}
    account = mine.get(request.POST.get("account", ""))
    if account is None:
        raise OutflowMalformed(field="account")
    asked = corrections.ask(
        file.pk,
        account=account,
        because=request.POST.get("reason", ""),
        maker=request.seat.person,
        now=clock.now(),
    )
    return HttpResponseRedirect(reverse("console:approval", args=[asked.pk]))


def _file(one: Any) -> dict[str, Any]:
    told = list(one.statements.all()) if not one.refusal else []
    error = custody.error_of(one.refusal)
    return {
        "one": one,
        "refused": in_language(error.zh, error.en) if error else one.refusal,
        "can_correct": one.refusal == StatementDiffers.code,
        "accounts": sorted({f"{s.account.name} …{s.account.account_no[-4:]}" for s in told}),
        "first": min((s.first_day for s in told), default=None),
        "last": max((s.last_day for s in told), default=None),
        "lines": sum(s.lines for s in told),
    }


def _opened(request: OfficerRequest, entry_id: UUID) -> dict[str, Any]:
    one = _entry(request, entry_id)
    found = queries.unclear([entry_id])
    said = found[0].words if found else ()
    names = officers.names_of(str(word.maker_id) for word in said)
    pool = one.account.pool
    waits = found[0].waits if found else None
    left_fen = ledger.available_fen(pool, understanding.suspense_of(entry_id)) if found else 0
    return {
        "one": one,
        "pool": pool,
        "pool_name": words.pool_names().get(pool, str(pool)),
        "fact": [tracing.of_entry(one, is_exact=True)],
        "is_unclear": bool(found),
        "left_fen": left_fen,
        "waits": waits,
        "may_ask": left_fen > 0 and waits is None and custody.may_ask(request.seat, pool),
        "said": [
            {
                "word": word,
                "by": names.get(str(word.maker_id), ""),
                "kind": custody_words.kind(word.as_kind),
                "state": words.of(custody_words.UNDERSTANDING, word.state),
            }
            for word in said
        ],
        "here": "statements",
    }


def _entry(request: OfficerRequest, entry_id: UUID) -> Any:
    one = queries.entry(entry_id)
    if one is None:
        raise Http404
    custody.require(request.seat, one.account.pool)
    return one


def _refused(request: OfficerRequest, file_id: UUID) -> Any:
    """A refused file: its bringer's, or anybody's who sees the whole province."""
    file = queries.refused_file(file_id)
    mine = (file.actor_kind, file.actor_id) == ("officer", str(request.seat.person.pk))
    if not mine and custody.making_pools(request.seat) is not None:
        raise Http404
    return file


def _id(text: str | None) -> UUID | None:
    try:
        return UUID(text) if text else None
    except ValueError:
        raise Http404 from None
