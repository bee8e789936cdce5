"""Knows another pool's settlement among a bank's entries: by our own number for its payment."""

from __future__ import annotations

import re

from reserve_funds.custody.bank import verdicts
from reserve_funds.custody.bank.models import BankEntry, CustodyAccount, Instruction
from reserve_funds.custody.bank.verdicts import Kind, Read
from reserve_funds.custody.bridges import legs, listing
from reserve_funds.custody.bridges.models import ON_ITS_WAY, SETTLEMENT, Crossing
from reserve_funds.refs import account as ref_of

_NUMBER = re.compile(r"(?<![0-9A-Z])P[0-9]{6}[A-Z2-7]{9}(?![0-9A-Z])")


def attach() -> None:
    """From now on what other pools settle is read here."""
    verdicts.before_rules(read)


def read(entry: BankEntry, account: CustodyAccount) -> Read | None:
    """户间结算到账 of a settlement that is still on its way, for exactly its amount; else None."""
    if entry.side != "in" or entry.reversal:
        return None
    numbers = set(_NUMBER.findall(f"{entry.our_no} {entry.summary} {entry.remark}"))
    if not numbers:
        return None
    paid = Instruction.objects.filter(
        number__in=numbers, source_kind="settlement_due", payee_no=account.account_no,
        amount_fen=entry.amount_fen, state__in=("sent", "paid"),
    ).exclude(pool=account.pool)  # fmt: skip
    owners = [each.source_owner for each in paid[:2]]
    if len(owners) != 1:
        return None
    crossing = Crossing.objects.filter(
        pk=owners[0], kind=SETTLEMENT, state=ON_ITS_WAY, to_pool=account.pool,
        amount_fen=entry.amount_fen,
    ).first()  # fmt: skip
    if crossing is None or listing.receipts([crossing.id]):
        return None
    posting = legs.settled(crossing, cause=entry.id, bank=account.ref, event_at=verdicts.at(entry))
    return Read(
        entry=entry,
        kind=Kind.OTHER,
        postings=[posting],
        against=ref_of("pool_due_from", crossing.from_pool),
        facts={"crossing": str(crossing.id)},
    )
