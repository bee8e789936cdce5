"""Gives each pool of the sandbox its accounts at a partner bank, and the banks' folders to us."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from pathlib import Path
from uuid import UUID

from accounts import people, secrets
from accounts.clock import business_day
from accounts.errors import SecretMissing
from accounts.models import Operator, PartnerBank, Person
from accounts.roles import FINANCE_OFFICER
from gateway.bank_line import contracts, terms
from gateway.bank_line.models import BankContract, Mailbox
from gateway.bank_line.terms import MailFolder, Terms
from gateway.payments.models import MerchantAccount
from gateway.sandbox import seats, sftp_server
from reserve_funds.custody.bank import registering
from reserve_funds.custody.bank.models import CustodyAccount
from reserve_funds.custody.bank.registering import NewAccount

SFTP_KEY = "bank-sftp-sandbox-key"
STATEMENTS_DUE = time(9, 30)
FILES = {"*.sta": "mt940", "*.csv": "bank-csv", "*.txt": "bank-fixed", "*.xml": "camt053"}
MARK = ".ok"
BECAUSE = "沙盒开户"


@dataclass(frozen=True, slots=True, kw_only=True)
class Keeper:
    """A bank that keeps pools' accounts: the form of its statements and how they come."""

    channel: str
    form: str
    source: str


KEEPERS = (
    Keeper(channel="bank_guomi", form="bank-csv", source="sftp"),
    Keeper(channel="bank_gbk", form="bank-fixed", source="sftp"),
    Keeper(channel="bank_rfc9421", form="camt053", source="api"),
    Keeper(channel="bank_guomi", form="mt940", source="sftp"),
)
_USES = (("reserve", 1, "备付金专户"), ("income", 2, "收入户"))


def keeper_of(pool: int) -> Keeper:
    """Which bank keeps the accounts of a pool: each in turn."""
    return KEEPERS[pool % len(KEEPERS)]


def keep(
    operator: Operator, keeper: Keeper, *, first_day: date, now: datetime
) -> list[CustodyAccount]:
    """The operator's accounts at this bank, each under its contract; doing it twice is once.

    The operator has a merchant account with the bank already.
    """
    bank = PartnerBank.objects.get(code=keeper.channel)
    merchant = MerchantAccount.objects.get(
        channel=keeper.channel, pool=operator.pool, open_for_payments=True
    )
    kept = []
    for use, digit, name in _USES:
        told = NewAccount(
            pool=operator.pool,
            bank=bank,
            account_no=f"1702{digit}{operator.pool:014d}",
            name=f"{operator.name_zh}公交公司{name}",
            use=use,
            form=keeper.form,
            opened_on=first_day,
        )
        account = put_account(told, officers=_officers(now), now=now)
        put_contract(
            account,
            merchant,
            Terms(
                pays_out=use == "reserve",
                statement_source=keeper.source,
                statement_due=STATEMENTS_DUE,
                since=account.opened_on,
            ),
            now=now,
        )
        kept.append(account)
    return kept


def tell_bank(
    kept: Iterable[CustodyAccount],
    *,
    place: Path,
    outbox: Path | None,
    opening_fen: int = 0,
    by_itself: bool = True,
) -> None:
    """Lay down, where a neighbour keeps its book, which accounts it keeps for whom.

    What it kept before it keeps on. `by_itself`: it lays out their statements each night; else
    only when asked for one.
    """
    told = {
        account.account_no: {
            "merchant_no": MerchantAccount.objects.get(
                channel=account.bank.code, pool=account.pool, open_for_payments=True
            ).merchant_no,
            "name": account.name,
            "form": account.form,
            "first_day": account.opened_on.isoformat(),
            "opening_fen": opening_fen,
            "by_sftp": outbox is not None,
            "by_itself": by_itself,
        }
        for account in kept
    }
    file = place / "accounts.json"
    before = json.loads(file.read_text(encoding="utf-8"))["accounts"] if file.exists() else {}
    words = {"outbox": str(outbox or ""), "accounts": before | told}
    half = file.with_suffix(".new")
    half.write_text(json.dumps(words, ensure_ascii=False), encoding="utf-8")
    half.replace(file)


def open_mailbox(channel: str, *, home: Path, port: int, now: datetime) -> Mailbox:
    """Our way into a bank's folder on the sandbox's SFTP server: its host key, a key of ours."""
    host_key = sftp_server.prepare(home)
    sftp_server.let_in(home, _our_public_line(home))
    folder = outbox_of(channel, home)
    folder.mkdir(mode=0o755, exist_ok=True)
    wanted = MailFolder(
        bank=channel,
        host="127.0.0.1",
        port=port,
        login=sftp_server.login(),
        key_secret=SFTP_KEY,
        host_keys=(host_key,),
        folder=str(folder),
        files=FILES,
        whole_by="mark",
        mark=MARK,
    )
    known = Mailbox.objects.filter(host=wanted.host, port=port, folder=wanted.folder).first()
    if known is not None and terms.folder_of(known) == wanted:
        return known
    return put_mailbox(wanted, mailbox_id=None if known is None else known.pk, now=now)


def put_account(
    told: NewAccount, *, officers: tuple[Person, Person], now: datetime
) -> CustodyAccount:
    """This account, asked by one officer of the sandbox and approved by another; once."""
    known = CustodyAccount.objects.filter(account_no=told.account_no).first()
    if known is not None:
        return known
    asked = registering.ask(told, because=BECAUSE, maker=officers[0], now=now)
    return registering.approve(asked.pk, checker=officers[1], now=now)


def put_contract(
    account: CustodyAccount, merchant: MerchantAccount, wanted: Terms, *, now: datetime
) -> BankContract:
    """These terms, asked by one officer of the sandbox and approved by another; once."""
    known = BankContract.objects.filter(account_id=account.pk, merchant=merchant).first()
    if known is not None and terms.terms_of(known) == wanted:
        return known
    maker, checker = _officers(now)
    asked = contracts.ask(account, merchant, wanted, because=BECAUSE, maker=maker, now=now)
    contracts.approve(asked.pk, checker=checker, now=now)
    return BankContract.objects.get(account_id=account.pk)


def put_mailbox(wanted: MailFolder, *, mailbox_id: UUID | None, now: datetime) -> Mailbox:
    """This folder, asked by one officer of the sandbox and approved by another."""
    maker, checker = _officers(now)
    asked = contracts.ask_mailbox(
        wanted, mailbox_id=mailbox_id, because=BECAUSE, maker=maker, now=now
    )
    put = contracts.approve(asked.pk, checker=checker, now=now)
    return Mailbox.objects.get(pk=put.pk)


def outbox_of(channel: str, home: Path) -> Path:
    """Where a bank lays out its files."""
    return home / sftp_server.OUTBOXES / channel


def fill(
    operators: Iterable[Operator], *, data_dir: Path, port: int | None, now: datetime
) -> tuple[int, int]:
    """Accounts for every operator and a mailbox for every bank that has files; how many of each.

    Without a port there is no SFTP server: then only what comes over interfaces flows.
    """
    home = sftp_server.home_for(data_dir)
    first_day = business_day(now) - timedelta(days=1)
    kept: dict[str, list[CustodyAccount]] = {one.channel: [] for one in KEEPERS}
    for operator in operators:
        keeper = keeper_of(operator.pool)
        kept[keeper.channel] += keep(operator, keeper, first_day=first_day, now=now)
    by_files = {one.channel for one in KEEPERS if one.source == "sftp"} if port else set()
    if port:
        for old in Mailbox.objects.filter(host="127.0.0.1", is_open=True).exclude(port=port):
            shut = replace(terms.folder_of(old), is_open=False)
            put_mailbox(shut, mailbox_id=old.pk, now=now)
    for channel, its_accounts in kept.items():
        outbox = outbox_of(channel, home) if channel in by_files else None
        tell_bank(its_accounts, place=data_dir / "neighbours" / channel, outbox=outbox)
        if port and channel in by_files:
            open_mailbox(channel, home=home, port=port, now=now)
    return sum(len(its) for its in kept.values()), len(by_files)


def _officers(now: datetime) -> tuple[Person, Person]:
    """Two finance officers of the province, those that have a seat."""
    places = [one for one in seats.SEATS if (one.role, one.pool) == (FINANCE_OFFICER, None)]
    found = [people.enrol(one.phone, now) for one in places[:2]]
    for person in found:
        if not people.has_role(person, FINANCE_OFFICER, None, now):
            people.grant(person, FINANCE_OFFICER, pool=None, granted_by=None, now=now)
    return found[0], found[1]


def _our_public_line(home: Path) -> str:
    """The public half of our key for banks' servers; the key is made once."""
    try:
        private = secrets.read(SFTP_KEY)
    except SecretMissing:
        place = home / "made_key"
        sftp_server.write_key(place)
        secrets.write_sandbox(SFTP_KEY, place.read_bytes())
        place.unlink()
        place.with_suffix(".pub").unlink()
        private = secrets.read(SFTP_KEY)
    return sftp_server.public_line(private)
