"""What one bank entry is, and what the book says of it: one reading, whatever the bank has done.

Facts are always bookable. Money in that nobody understands waits in suspense; money out that
nobody instructed is the operator's to bring back, with a case, never silently.
"""

from __future__ import annotations

from collections.abc import Callable
from uuid import UUID

from accounts.identifiers import derive
from reserve_funds import income, postings
from reserve_funds.chart import CoverReason
from reserve_funds.custody.bank import paying
from reserve_funds.custody.bank.matters import (
    CHARGE_CASE,
    GONE_CASE,
    PAID_AFTER_ALL_CASE,
    RETURNED_CASE,
    UNCLEAR_CASE,
)
from reserve_funds.custody.bank.models import BankEntry, Ending, Instruction, Reading
from reserve_funds.custody.bank.recognition import Found, Known
from reserve_funds.custody.bank.verdicts import Kind, Read, at
from reserve_funds.ledger.values import Ref
from reserve_funds.postings import of
from reserve_funds.refs import account as ref_of
from reserve_funds.refs import own_cover_due


def paid(entry: BankEntry, instruction: Instruction, **facts: object) -> Read:
    """Our instruction, as the bank's own statement shows it."""
    posting = of(
        "bank_paid_out",
        instruction.pool,
        entry.id,
        debit=instruction.in_transit,
        credit=entry.account.ref,
        amount_fen=entry.amount_fen,
        event_at=at(entry),
    )
    return Read(
        entry=entry,
        kind=Kind.PAID,
        postings=[posting],
        against=instruction.in_transit,
        instruction=instruction,
        moves_to="paid",
        facts=dict(facts),
    )


def paid_after_all(entry: BankEntry, instruction: Instruction) -> Read:
    """Declared not instructed, and the bank has paid it: its own truth, and people look at why."""
    read = paid(entry, instruction, declared="not_instructed", number=instruction.number)
    read.goes_out_again, read.case = True, PAID_AFTER_ALL_CASE
    return read


def returned(entry: BankEntry, instruction: Instruction, *, undoes: UUID | None = None) -> Read:
    """退汇: the source has the money again, and nothing is sent by itself."""
    return Read(
        entry=entry,
        kind=Kind.RETURNED,
        postings=paying.undone(
            instruction, "bank_returned", entry.id, debit=entry.account.ref, event_at=at(entry)
        ),
        against=instruction.source,
        instruction=instruction,
        moves_to="returned",
        undoes=undoes,
        case=RETURNED_CASE,
        facts={"number": instruction.number},
    )


def silent(entry: BankEntry, kind: Kind, instruction: Instruction | None = None) -> Read:
    """What the book has already, or what is none of the reserve's business."""
    return Read(entry=entry, kind=kind, instruction=instruction)


def known(entry: BankEntry, found: Found) -> Read:
    """What a rule of the account says it is."""
    read = _KNOWN[found.kind](entry, found)
    read.rule_id = found.rule_id
    return read


def unclear(entry: BankEntry, **facts: object) -> Read:
    """不明到账: it waits in suspense until two officers say what it is."""
    suspense = Ref(kind="suspense", owner=str(entry.id))
    read = _in(entry, Kind.UNCLEAR, "bank_line_unclear", suspense)
    read.case, read.facts = UNCLEAR_CASE, dict(facts)
    return read


def gone(entry: BankEntry, *, undoes: UUID | None = None, **facts: object) -> Read:
    """Money left and no instruction of ours says so: own money owes it, somebody is told today."""
    read = _loss(entry, Kind.GONE, CoverReason.UNAUTHORISED, GONE_CASE)
    read.undoes = undoes
    read.facts |= facts
    return read


def undone(entry: BankEntry, original: Reading, *, due_fen: int) -> Read:
    """银行冲正: the bank takes back an entry of its own; what was booked for it is booked back.

    `due_fen` is what own money still owes for the reason that an undone charge was booked under.
    Money gone that officers have explained since is undone as what they said it was.
    """
    kind, undoes = Kind(original.kind), original.entry_id
    if kind is Kind.GONE and entry.side == "in":
        said = Ending.objects.filter(entry=undoes, state="done").exclude(truth="borne")
        if (ending := said.select_related("instruction").first()) is not None:
            return _explained_undone(entry, ending)
    if kind is Kind.PAID and original.instruction and original.instruction.state == "paid":
        return returned(entry, original.instruction, undoes=undoes)
    if kind in (Kind.BANK_CHARGE, Kind.GONE) and entry.side == "in":
        return _recovered(entry, original, due_fen)
    if kind is Kind.OWN_COVER and entry.side == "out":
        return _cover_taken_back(entry, original)
    if kind in _TAKEN_BACK and entry.side == "out":
        against = Ref(kind=original.facts["against"][0], owner=original.facts["against"][1])
        posting = of(
            "bank_took_back",
            original.pool,
            entry.id,
            debit=against,
            credit=entry.account.ref,
            amount_fen=entry.amount_fen,
            event_at=at(entry),
        )
        return Read(
            entry=entry, kind=Kind.UNDONE, postings=[posting], against=against, undoes=undoes
        )
    return unexplained(entry, undoes=undoes)


def unexplained(entry: BankEntry, *, undoes: UUID | None = None, **facts: object) -> Read:
    """Whatever it is, it happened: in suspense, or gone."""
    if entry.side == "out":
        return gone(entry, undoes=undoes, **facts)
    read = unclear(entry, **facts)
    read.undoes = undoes
    return read


_TAKEN_BACK = (Kind.CHANNEL_PAYOUT, Kind.CASH_BANKED, Kind.INTEREST, Kind.UNCLEAR)


def _in(entry: BankEntry, kind: Kind, code: str, credit: Ref) -> Read:
    posting = of(
        code,
        entry.account.pool,
        entry.id,
        debit=entry.account.ref,
        credit=credit,
        amount_fen=entry.amount_fen,
        event_at=at(entry),
    )
    return Read(entry=entry, kind=kind, postings=[posting], against=credit)


def _loss(entry: BankEntry, kind: Kind, reason: CoverReason, case: str) -> Read:
    made = postings.loss_covered(
        entry.account.pool,
        entry.id,
        reason=reason,
        from_account=entry.account.ref,
        amount_fen=entry.amount_fen,
        event_at=at(entry),
    )
    return Read(
        entry=entry,
        kind=kind,
        postings=made,
        against=own_cover_due(reason),
        case=case,
        facts={"reason": str(reason)},
    )


def _own_cover(entry: BankEntry, found: Found) -> Read:
    made = postings.operator_covered(
        entry.account.pool,
        entry.id,
        reason=CoverReason(found.owner),
        bank_account=str(entry.account_id),
        own_bank=found.own_account_id,
        amount_fen=entry.amount_fen,
        event_at=at(entry),
    )
    return Read(
        entry=entry,
        kind=Kind.OWN_COVER,
        postings=made,
        against=own_cover_due(CoverReason(found.owner)),
        facts={"reason": found.owner, "own_account": found.own_account_id},
    )


def _cover_taken_back(entry: BankEntry, original: Reading) -> Read:
    reason = CoverReason(original.facts["reason"])
    cross = derive(entry.id, "cover taken back")
    made = [
        of(code, original.pool, entry.id, debit=debit, credit=credit, cross_id=cross,
           amount_fen=entry.amount_fen, event_at=at(entry))
        for code, debit, credit in (
            ("bank_took_back", own_cover_due(reason), entry.account.ref),
            ("own_cover_unpaid", ref_of("own_bank", original.facts["own_account"]),
             ref_of("due_to_reserve", reason)),
        )
    ]  # fmt: skip
    return Read(
        entry=entry,
        kind=Kind.UNDONE,
        postings=made,
        against=own_cover_due(reason),
        undoes=original.entry_id,
    )


def _recovered(entry: BankEntry, original: Reading, due_fen: int) -> Read:
    due = min(entry.amount_fen, max(0, due_fen))
    made = income.loss_recovered(
        original.pool,
        entry.id,
        reason=CoverReason(original.facts["reason"]),
        bank_account=str(entry.account_id),
        due_fen=due,
        covered_fen=entry.amount_fen - due,
        event_at=at(entry),
    )
    return Read(entry=entry, kind=Kind.UNDONE, postings=made, undoes=original.entry_id)


def _explained_undone(entry: BankEntry, ending: Ending) -> Read:
    paid_for = ending.instruction
    if paid_for is not None and paid_for.state == "paid":
        return returned(entry, paid_for, undoes=ending.entry_id)
    return unexplained(entry, undoes=ending.entry_id)


_KNOWN: dict[Known, Callable[[BankEntry, Found], Read]] = {
    Known.CHANNEL_PAYOUT: lambda entry, found: _in(
        entry,
        Kind.CHANNEL_PAYOUT,
        "channel_settled",
        Ref(kind="channel_receivable", owner=found.owner),
    ),
    Known.CASH_BANKED: lambda entry, found: _in(
        entry, Kind.CASH_BANKED, "cash_banked", Ref(kind="cash_in_transit", owner=found.owner)
    ),
    Known.INTEREST: lambda entry, found: _in(
        entry,
        Kind.INTEREST,
        "interest_received",
        Ref(kind="interest_unallocated", owner=found.owner),
    ),
    Known.OWN_COVER: _own_cover,
    Known.BANK_CHARGE: lambda entry, found: _loss(
        entry, Kind.BANK_CHARGE, CoverReason.BANK_CHARGE, CHARGE_CASE
    ),
}
