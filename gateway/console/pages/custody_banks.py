"""银行账户: the contract about each account, banks' folders, and asking for other terms of both."""

from __future__ import annotations

from datetime import date, time
from typing import Any
from uuid import UUID

from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse

from accounts import approvals, clock
from accounts.errors import DomainError, NotAllowed
from accounts.models import Approval, PartnerBank
from accounts.roles import FINANCE_OFFICER
from gateway.bank_line import contracts, terms
from gateway.bank_line.errors import BankTermsMalformed, MailboxUnknown
from gateway.bank_line.models import SOURCES, WHOLE_BY, BankContract, Mailbox
from gateway.bank_line.terms import MailFolder, Terms
from gateway.console import bank_words, custody, custody_words, door, mistakes, words
from gateway.console.seats import OfficerRequest
from gateway.payments.models import MerchantAccount
from reserve_funds.custody.bank import queries, registering
from reserve_funds.custody.bank.models import CustodyAccount
from reserve_funds.custody.statements import reading

_LONGEST_LIST = 4_000


@door.seated(custody.READERS, personal=True)
def banks(request: OfficerRequest) -> HttpResponse:
    """Every account within reach with its contract; the folders of its banks; what is asked."""
    found = queries.accounts(custody.pools_of(request.seat))
    known = {one.account_id: one for one in BankContract.objects.select_related("merchant")}
    asked, of_accounts = _asked()
    names = {str(one.pk) for one in found}
    pools = words.pool_names()
    here = {one.bank.code for one in found}
    folders = Mailbox.objects.order_by("-is_open", "bank", "host", "folder", "id")
    context = {
        "rows": [
            {
                "one": one,
                "pool": pools.get(one.pool, str(one.pool)),
                "use": custody_words.USES.get(one.use, one.use),
                "contract": known.get(one.pk),
                "source": _source(known.get(one.pk)),
                "asked": asked.get(str(one.pk)),
                "change": of_accounts.get(str(one.pk)),
                "may_ask": not one.closed_on and custody.may_ask(request.seat, one.pool),
            }
            for one in found
        ],
        "folders": [
            {"one": one, "asked": asked.get(str(one.pk))}
            for one in folders[: custody.MOST_CASES]
            if one.bank in here or custody.pools_of(request.seat) is None
        ],
        "to_come": [
            {"asked": one, "pool": pools.get(one.pool, str(one.pool))}
            for account_id, one in of_accounts.items()
            if account_id not in names and request.seat.reaches(one.pool, custody.READERS)
        ],
        "may_ask_accounts": request.seat.holds(custody.MAKERS),
        "may_ask_folders": custody.making_pools(request.seat) is None
        and request.seat.holds(custody.MAKERS),
        "here": "bank-accounts",
    }
    return render(request, "console/custody/banks.html", context)


def ask_contract(
    request: OfficerRequest, /, *, account_id: UUID, mistake: DomainError | None = None
) -> HttpResponse:
    """The form: which contract speaks about this account, whether it pays, when statements come."""
    account = _account(request, account_id)
    known = BankContract.objects.filter(account_id=account.pk).select_related("merchant").first()
    typed = request.POST or ({} if known is None else _typed_contract(known))
    context = mistakes.of(mistake) | {
        "account": account,
        "pool_name": words.pool_names().get(account.pool, str(account.pool)),
        "known": known,
        "merchants": _merchants(account),
        "sources": [(one, bank_words.SOURCES[one]) for one in SOURCES],
        "typed": typed,
        "here": "bank-accounts",
    }
    return render(request, "console/custody/bank_contract.html", context)


@door.acting(custody.MAKERS, ask_contract)
def put_contract(request: OfficerRequest, account_id: UUID) -> HttpResponse:
    """The proposal; another officer decides, and until then everything goes on as it is."""
    account, form = _account(request, account_id), request.POST
    if not custody.may_ask(request.seat, account.pool):
        raise NotAllowed(person=str(request.seat.person.pk), role=FINANCE_OFFICER)
    merchant = {str(one.pk): one for one in _merchants(account)}.get(form.get("merchant", ""))
    if merchant is None:
        raise BankTermsMalformed(field="merchant")
    asked = contracts.ask(
        account,
        merchant,
        Terms(
            pays_out=form.get("pays_out") == "on",
            statement_source=form.get("statement_source", ""),
            statement_due=_time(form.get("statement_due", "")),
            since=_day(form.get("since", "")),
        ),
        because=form.get("reason", ""),
        maker=request.seat.person,
        now=clock.now(),
    )
    return HttpResponseRedirect(reverse("console:approval", args=[asked.pk]))


def ask_folder(
    request: OfficerRequest,
    /,
    *,
    mailbox_id: UUID | None = None,
    mistake: DomainError | None = None,
) -> HttpResponse:
    """The form: where statements lie, by which keys the server is known, when a file is whole."""
    known = _folder(request, mailbox_id)
    typed: Any = request.POST or ({"whole_by": "mark"} if known is None else _typed_folder(known))
    context = mistakes.of(mistake) | {
        "known": known,
        "banks": PartnerBank.objects.order_by("code"),
        "ways": [(one, bank_words.WHOLE_BY[one]) for one in WHOLE_BY],
        "forms": reading.forms(),
        "typed": typed,
        "here": "bank-accounts",
    }
    return render(request, "console/custody/bank_folder.html", context)


@door.acting(custody.MAKERS, ask_folder)
def put_folder(request: OfficerRequest, mailbox_id: UUID | None = None) -> HttpResponse:
    """The proposal of a folder; another officer of the province decides."""
    _folder(request, mailbox_id)
    form = request.POST
    asked = contracts.ask_mailbox(
        MailFolder(
            bank=_bank(form.get("bank", "")),
            host=form.get("host", "").strip(),
            port=_whole(form.get("port", ""), "port"),
            login=form.get("login", "").strip(),
            key_secret=form.get("key_secret", "").strip(),
            host_keys=tuple(_lines(form.get("host_keys", ""), "host_keys")),
            folder=form.get("folder", "").strip(),
            files=_files(form.get("files", "")),
            whole_by=form.get("whole_by", ""),
            mark=form.get("mark", "").strip(),
            stable_seconds=_whole(form.get("stable_seconds", "") or "0", "stable_seconds"),
            is_open=form.get("is_open") == "on",
        ),
        mailbox_id=mailbox_id,
        because=form.get("reason", ""),
        maker=request.seat.person,
        now=clock.now(),
    )
    return HttpResponseRedirect(reverse("console:approval", args=[asked.pk]))


def _asked() -> tuple[dict[str, Approval], dict[str, Approval]]:
    """What waits for a second officer: by what a contract or folder is of; by the account."""
    waiting = Approval.objects.filter(
        purpose__in=(contracts.CONTRACT, contracts.MAILBOX, registering.PURPOSE), state="asked"
    )
    terms_of: dict[str, Approval] = {}
    accounts: dict[str, Approval] = {}
    for one in waiting.order_by("id"):
        after = one.content["after"]
        found = accounts if one.purpose == registering.PURPOSE else terms_of
        found[str(after.get("account_id") or after["id"])] = one
    return terms_of, accounts


def _source(contract: BankContract | None) -> Any:
    return bank_words.SOURCES[contract.statement_source] if contract is not None else ""


def _typed_contract(known: BankContract) -> dict[str, Any]:
    told = terms.terms_of(known)
    return {
        "merchant": str(known.merchant_id),
        "pays_out": told.pays_out,
        "statement_source": told.statement_source,
        "statement_due": told.statement_due.strftime("%H:%M"),
        "since": told.since.isoformat(),
    }


def _typed_folder(known: Mailbox) -> dict[str, Any]:
    told = approvals.frozen(known)
    files = [f"{name} {form}" for name, form in told["files"].items()]
    return told | {"host_keys": "\n".join(told["host_keys"]), "files": "\n".join(files)}


def _account(request: OfficerRequest, account_id: UUID) -> CustodyAccount:
    for one in queries.accounts(custody.pools_of(request.seat)):
        if one.pk == account_id and not one.closed_on:
            return one
    raise Http404


def _merchants(account: CustodyAccount) -> list[MerchantAccount]:
    rows = MerchantAccount.objects.filter(pool=account.pool, channel=account.bank.code)
    return list(rows.order_by("merchant_no"))


def _folder(request: OfficerRequest, mailbox_id: UUID | None) -> Mailbox | None:
    """A folder, or None for a new one; only officers of the whole province ask for either."""
    if custody.making_pools(request.seat) is not None:
        raise Http404
    if mailbox_id is None:
        return None
    found = Mailbox.objects.filter(pk=mailbox_id).first()
    if found is None:
        raise MailboxUnknown(id=str(mailbox_id))
    return found


def _bank(code: str) -> str:
    if not PartnerBank.objects.filter(code=code).exists():
        raise BankTermsMalformed(field="bank")
    return code


def _files(text: str) -> dict[str, str]:
    """`*.sta mt940`, a line each."""
    found = {}
    for line in _lines(text, "files"):
        name, _space, form = line.rpartition(" ")
        if not name.strip() or name.strip() in found:
            raise BankTermsMalformed(field="files")
        found[name.strip()] = form
    return found


def _lines(text: str, field: str) -> list[str]:
    if len(text) > _LONGEST_LIST:
        raise BankTermsMalformed(field=field)
    return [line.strip() for line in text.splitlines() if line.strip()]


def _whole(text: str, field: str) -> int:
    if not (text.isascii() and text.isdecimal() and len(text) < 7):
        raise BankTermsMalformed(field=field)
    return int(text)


def _time(text: str) -> time:
    try:
        return time.fromisoformat(text)
    except ValueError:
        raise BankTermsMalformed(field="statement_due") from None


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise BankTermsMalformed(field="since") from None
