"""Asks a bank's interface for the statements of days that are over and not yet covered."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import BinaryIO, cast
from uuid import UUID

from cryptography.hazmat.primitives import hashes

from accounts import kept_files, trail
from accounts.actors import Actor
from accounts.clock import business_day
from accounts.errors import DomainError
from gateway.bank_line import intake, matters
from gateway.bank_line.errors import BankContractUnknown, StatementHashWrong
from gateway.bank_line.models import BankContract
from gateway.channels.banks.payouts.speaking import line_of
from gateway.channels.banks.payouts.values import StatementWish
from gateway.channels.errors import BillNotReady, BillNotThere, ChannelSilent
from gateway.channels.values import BillLink
from gateway.payments.line import Line
from reserve_funds.custody.bank.models import CustodyAccount, Statement
from reserve_funds.custody.cases import queries
from reserve_funds.custody.cases import services as cases

LOOK_BACK_DAYS = 10
_DIGESTS: dict[str, type[hashes.HashAlgorithm]] = {"SM3": hashes.SM3, "SHA-256": hashes.SHA256}
_CHUNK_BYTES = 1 << 20
_UNUSABLE: tuple[type[DomainError], ...] = (StatementHashWrong, *intake.REFUSALS)


def fetch(contract_id: UUID, *, now: datetime) -> bool:
    """Takes every missing day's statement of a contract's account; False when one is not ready yet.

    A day the bank has no statement for, and a file that cannot be used, do not hold up the others.
    Raises ChannelSilent and what the line raises. Open no transaction around it.
    """
    contract = BankContract.objects.select_related("merchant").filter(pk=contract_id).first()
    if contract is None:
        raise BankContractUnknown(contract=str(contract_id))
    account = CustodyAccount.objects.get(pk=contract.account_id)
    all_there = True
    for day in missing_days(account, contract, now=now):
        try:
            _fetch_day(contract, account, day, now=now)
        except BillNotThere:
            continue
        except BillNotReady:
            all_there = False
    return all_there


def missing_days(account: CustodyAccount, contract: BankContract, *, now: datetime) -> list[date]:
    """Days that are over, oldest first, which no statement of the account covers yet."""
    today = business_day(now)
    first = max(account.opened_on, contract.since, today - timedelta(days=LOOK_BACK_DAYS))
    last = min(account.closed_on or today, today - timedelta(days=1))
    told = Statement.objects.filter(account=account, last_day__gte=first)
    periods = list(told.values_list("first_day", "last_day"))
    return [
        day
        for day in _days(first, last)
        if not any(begins <= day <= ends for begins, ends in periods)
    ]


def _fetch_day(
    contract: BankContract, account: CustodyAccount, day: date, *, now: datetime
) -> None:
    line, dialect = Line(contract.merchant), line_of(contract.bank)
    wish = StatementWish(account_no=account.account_no, day=day)
    link = line.ask(
        lambda _, merchant, stamp: dialect.statement(
            merchant, wish, now=stamp.now, nonce=stamp.nonce
        ),
        lambda _, merchant, response, at: dialect.read_statement(
            merchant, response, wish=wish, now=at
        ),
    ).fact
    name = f"{contract.bank}-{account.account_no[-4:]}-{day.isoformat()}"
    subject = f"{name}:{account.pk}"
    try:
        with kept_files.half() as part:
            line.download(
                lambda _, merchant, stamp: dialect.statement_download(
                    merchant, link, now=stamp.now, nonce=stamp.nonce
                ),
                cast(BinaryIO, part),
            )
            _check_hash(cast(BinaryIO, part), link)
            digest = kept_files.keep(part).digest
        intake.take(digest, bank=contract.bank, form=account.form, name=name, source="api", now=now)
    except _UNUSABLE as refusal:
        _tell_refusal(contract, account, subject, refusal, now=now)
        return
    cases.close_case(
        matters.STATEMENT_REFUSED,
        pool=account.pool,
        subject=subject,
        actor=Actor(kind="channel", id=contract.bank),
        because="asked again, and good",
        now=now,
    )


def _tell_refusal(
    contract: BankContract,
    account: CustodyAccount,
    subject: str,
    refusal: DomainError,
    *,
    now: datetime,
) -> None:
    """A case once; the alarm only with it, since the same file is asked for again and again."""
    if queries.open_about(matters.STATEMENT_REFUSED, pool=account.pool, subject=subject) is None:
        trail.alarm(
            "bank_statement_refused",
            actor=Actor(kind="channel", id=contract.bank),
            now=now,
            subject=str(account.pk),
            refusal=refusal.code,
        )
    cases.open_case(
        matters.STATEMENT_REFUSED,
        pool=account.pool,
        subject=subject,
        now=now,
        refusal=refusal.code,
        because=str(refusal)[:200],
    )


def _check_hash(part: BinaryIO, link: BillLink) -> None:
    if link.hash_type not in _DIGESTS:
        raise StatementHashWrong(hash_type=link.hash_type[:16])
    digest = hashes.Hash(_DIGESTS[link.hash_type]())
    part.seek(0)
    size = 0
    while chunk := part.read(_CHUNK_BYTES):
        size += len(chunk)
        digest.update(chunk)
    if not size:
        raise ChannelSilent("an empty file")
    if digest.finalize().hex() != link.hash_hex.lower():
        raise StatementHashWrong


def _days(first: date, last: date) -> Iterator[date]:
    day = first
    while day <= last:
        yield day
        day += timedelta(days=1)
