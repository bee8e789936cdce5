"""What may be done about a difference: a voucher with its effect on the book, or an act by name.

Nothing here writes. A voucher is the same as long as its lines and the balances it rests on are.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

from reserve_funds import income, postings
from reserve_funds.chart import Book, CoverReason, Side
from reserve_funds.custody.errors import DifferenceOver, DifferenceUnknown, ProposalNotOffered
from reserve_funds.custody.matching.models import Difference, Line
from reserve_funds.custody.matching.passes import relations
from reserve_funds.custody.matching.values import Sort
from reserve_funds.ledger import book, queries
from reserve_funds.ledger.values import Posting, Ref


class Choice(StrEnum):
    """What people may decide. The first four move money; the others ask another room to act."""

    TAKE_IN = "take_in"
    BEAR_LOSS = "bear_loss"
    BEAR_FEE = "bear_fee"
    FEE_BACK = "fee_back"
    ASK_CHANNEL = "ask_channel"
    FETCH_BILL = "fetch_bill"
    REFUND_PAYER = "refund_payer"
    ASK_BANK = "ask_bank"
    ASK_CLEARING = "ask_clearing"


SENTENCES: Mapping[Choice, tuple[str, str]] = {
    Choice.TAKE_IN: (
        "多出的钱记为已收待分配款, 查清后退回付款人",
        "take the money in, to be returned",
    ),
    Choice.BEAR_LOSS: ("少的钱由自有资金承担", "own money bears what is missing"),
    Choice.BEAR_FEE: ("多扣的手续费由自有资金承担", "own money bears the fee that was withheld"),
    Choice.FEE_BACK: ("少扣的手续费冲减应补备付金", "the fee not withheld is owed no more"),
    Choice.ASK_CHANNEL: ("请渠道再答一次", "ask the channel once more"),
    Choice.FETCH_BILL: ("再取一次对账单", "fetch the bill once more"),
    Choice.REFUND_PAYER: ("退回付款人", "give the money back to the payer"),
    Choice.ASK_BANK: ("请银行核实", "ask the bank"),
    Choice.ASK_CLEARING: ("请清分平台核实", "ask the clearing platform"),
}
_POOL_WIDE = frozenset({"own_cover_due", "own_income_in_reserve"})
_C = Choice


@dataclass(frozen=True, slots=True, kw_only=True)
class Effect:
    """One account that a voucher touches: its balance before and after, in fen."""

    account: Ref
    zh: str
    before_fen: int
    after_fen: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Voucher:
    """What is proposed: postings with their effect, or an act (no postings). `seen` binds it.

    `held_fen`, `owed_fen` and `cover_due_fen` are what it changes of the reserve: money that is
    there, liabilities, and what own money must still bring.
    """

    difference_id: UUID
    pool: int
    choice: Choice
    zh: str
    en: str
    postings: tuple[Posting, ...]
    effects: tuple[Effect, ...]
    held_fen: int
    owed_fen: int
    cover_due_fen: int
    seen: str


def choices(difference_id: UUID) -> tuple[Choice, ...]:
    """What may be proposed about a difference, vouchers first. DifferenceUnknown."""
    one = _open(difference_id)
    return tuple(each for each in _offered(one) if each in _ACTS or _receivable(one) or _card(one))


def propose(difference_id: UUID, *, now: datetime, choice: Choice | None = None) -> Voucher:
    """The voucher of a difference (its first choice, else this one) with its effect; no write.

    DifferenceUnknown, DifferenceOver, ProposalNotOffered.
    """
    one = _open(difference_id)
    offered = choices(difference_id)
    wanted = choice or next(iter(offered), None)
    if wanted is None or wanted not in offered:
        raise ProposalNotOffered(choice=str(choice), id=difference_id)
    made = tuple(_BOOKS[wanted](one, now)) if wanted in _BOOKS else ()
    effects = _effects(one.pool, made)
    held, owed, due = _coverage(made)
    return Voucher(
        difference_id=one.id,
        pool=one.pool,
        choice=wanted,
        zh=SENTENCES[wanted][0],
        en=SENTENCES[wanted][1],
        postings=made,
        effects=effects,
        held_fen=held,
        owed_fen=owed,
        cover_due_fen=due,
        seen=_seen(one, wanted, made, effects),
    )


def lines_of(one: Difference) -> list[Line]:
    """The lines that a difference's evidence names, in their present version."""
    named = [each[0] for side in ("left", "right") for each in one.evidence[side]]
    return list(Line.objects.filter(source_id__in=named, is_current=True).order_by("side", "id"))


def _open(difference_id: UUID) -> Difference:
    one = Difference.objects.filter(pk=difference_id).first()
    if one is None:
        raise DifferenceUnknown(id=difference_id)
    if one.state != "open":
        raise DifferenceOver(id=difference_id, state=one.state)
    return one


def _offered(one: Difference) -> tuple[Choice, ...]:
    relation = {each.number: each.name for each in relations()}[one.relation]
    more = one.diff_fen > 0
    sort = Sort(one.sort)
    if relation == "card_clearing":
        return (_C.ASK_CLEARING,)
    if relation == "order_card":
        return (_C.BEAR_LOSS,) if more else (_C.REFUND_PAYER,)
    if relation == "bill_bank":
        if sort is Sort.FEE:
            return (_C.FEE_BACK if more else _C.BEAR_FEE,)
        return (_C.TAKE_IN, _C.ASK_CHANNEL) if more else (_C.BEAR_LOSS, _C.ASK_BANK)
    if sort is Sort.NO_FILE:
        return (_C.FETCH_BILL,)
    if sort is Sort.DUPLICATE:
        return (_C.ASK_CHANNEL,) if more else (_C.REFUND_PAYER, _C.ASK_CHANNEL)
    if sort in (Sort.STATE, Sort.FEE, Sort.PERIOD):
        return (_C.ASK_CHANNEL,)
    return (_C.TAKE_IN if more else _C.BEAR_LOSS, _C.ASK_CHANNEL)


def _receivable(one: Difference) -> tuple[str, date] | None:
    """The channel and its settlement day, where the lines say which."""
    for line in lines_of(one):
        channel, _, day = line.batch.rpartition(":")
        if channel and one.relation != _NUMBERS["order_card"]:
            return channel, date.fromisoformat(day)
    return None


def _card(one: Difference) -> str:
    """The card's number, where a card's line says it."""
    cards = [line.facts.get("card", "") for line in lines_of(one) if line.side == "card"]
    return str(next(iter(cards), "")) if one.relation == _NUMBERS["order_card"] else ""


def _take_in(one: Difference, now: datetime) -> list[Posting]:
    owed = _receivable(one)
    assert owed is not None
    return [
        postings.of(
            "payment_confirmed",
            one.pool,
            one.id,
            step="taken in",
            debit=postings.channel_receivable(*owed),
            credit=postings.received(one.id),
            amount_fen=one.value_fen,
            event_at=now,
        )
    ]


def _bear_loss(one: Difference, now: datetime) -> list[Posting]:
    owed = _receivable(one)
    if owed is None:
        return postings.load_unauthorised(
            one.pool, one.id, _card(one), amount_fen=one.value_fen, event_at=now
        )
    return postings.loss_covered(
        one.pool,
        one.id,
        reason=CoverReason.CHARGEBACK,
        from_account=postings.channel_receivable(*owed),
        amount_fen=one.value_fen,
        event_at=now,
    )


def _bear_fee(one: Difference, now: datetime) -> list[Posting]:
    owed = _receivable(one)
    assert owed is not None
    return postings.fee_withheld(
        one.pool,
        one.id,
        channel=owed[0],
        settlement_day=owed[1],
        amount_fen=one.value_fen,
        event_at=now,
    )


def _fee_back(one: Difference, now: datetime) -> list[Posting]:
    owed = _receivable(one)
    assert owed is not None
    due = max(0, queries.balance_fen(one.pool, postings.own_cover_due(CoverReason.FEE)))
    lowered = min(due, one.value_fen)
    return income.fee_returned(
        one.pool,
        one.id,
        channel=owed[0],
        settlement_day=owed[1],
        due_fen=lowered,
        covered_fen=one.value_fen - lowered,
        event_at=now,
    )


def _effects(pool: int, made: tuple[Posting, ...]) -> tuple[Effect, ...]:
    moved: dict[Ref, int] = {}
    for each in made:
        for ref, grows in ((each.debit, Side.DEBIT), (each.credit, Side.CREDIT)):
            sign = 1 if ref.in_chart.side is grows else -1
            moved[ref] = moved.get(ref, 0) + sign * each.amount_fen
    found = []
    for ref, fen in moved.items():
        before = queries.balance_fen(pool, ref)
        found.append(
            Effect(account=ref, zh=ref.in_chart.zh, before_fen=before, after_fen=before + fen)
        )
    return tuple(found)


def _coverage(made: tuple[Posting, ...]) -> tuple[int, int, int]:
    """What of the reserve's money, of what it owes, and of what own money must bring changes."""
    held = owed = due = 0
    for each in made:
        for ref, fen in ((each.debit, each.amount_fen), (each.credit, -each.amount_fen)):
            kind = ref.in_chart
            if kind.book is not Book.RESERVE:
                continue
            if kind.name == "own_cover_due":
                due += fen
            elif kind.side is Side.DEBIT:
                held += fen
            else:
                owed -= fen
    return held, owed, due


def _seen(
    one: Difference, choice: Choice, made: tuple[Posting, ...], effects: tuple[Effect, ...]
) -> str:
    """A fingerprint of what a proposal rests on: its lines, its postings, balances of its own.

    Accounts that the whole pool shares move with every bill, and no voucher rests on their sum.
    """
    rests_on = [
        [each.account.kind, each.account.owner, each.before_fen]
        for each in effects
        if each.account.in_chart.book is Book.RESERVE and each.account.kind not in _POOL_WIDE
    ]
    content = {
        "difference": str(one.id),
        "choice": choice.value,
        "evidence": one.evidence,
        "value_fen": one.value_fen,
        "diff_fen": one.diff_fen,
        "postings": book.fingerprint(made).hex(),
        "balances": rests_on,
    }
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()


_NUMBERS = {each.name: each.number for each in relations()}
_BOOKS: Mapping[Choice, Callable[[Difference, datetime], list[Posting]]] = {
    _C.TAKE_IN: _take_in,
    _C.BEAR_LOSS: _bear_loss,
    _C.BEAR_FEE: _bear_fee,
    _C.FEE_BACK: _fee_back,
}
_ACTS = frozenset(Choice) - frozenset(_BOOKS)
