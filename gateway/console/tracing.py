"""Traces a transfer to its event: the order, what the channel said, the bank's line, approvers."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from uuid import UUID

from django.utils.translation import gettext as _

from accounts import approvals, officers
from accounts.clock import business_day, start_of_day
from accounts.identifiers import derive
from accounts.masking import mask_card_no
from gateway.console import custody_words, explaining, words
from gateway.pages.timeline import Fact
from gateway.pages.words import money
from gateway.payments import telling
from reserve_funds.custody.bank import instructions, queries
from reserve_funds.custody.bank.errors import InstructionUnknown
from reserve_funds.custody.bank.models import BankEntry
from reserve_funds.custody.errors import LineUnknown
from reserve_funds.custody.matching import explaining as matching
from reserve_funds.custody.matching.values import Side
from reserve_funds.ledger.values import Booked, Ref

BANKS = ("bank_reserve", "own_bank")
_SOURCES = {"order": "person", "bill": "bill", "bank": "bank", "card": "card"}
_ORDERS = ("unloaded_orders", "rides_in_clearing")


def names(pool: int, refs: Collection[Ref]) -> dict[Ref, str]:
    """Whose each account is, as people say it: a bank account's name, a channel and its day."""
    banks = {}
    if any(ref.kind in BANKS for ref in refs):
        banks = {
            str(one.id): f"{one.name} …{one.account_no[-4:]}" for one in queries.accounts([pool])
        }
    return {ref: _name(ref, banks) for ref in refs}


def chain(one: Booked) -> list[Fact]:
    """Everything known of why a transfer was booked, each fact by its source."""
    return [*_paid(one), *_banked(one), *_approved(one)]


def links(one: Booked) -> Iterator[tuple[str, str, list[str]]]:
    """Pages that say more: a word, the view's name and its arguments."""
    if one.approval_id is not None:
        yield _("审批"), "approval", [str(one.approval_id)]
    for ref in (one.debit, one.credit):
        if ref.kind == "bank_out_in_transit":
            request_id = _request_of(id_in(ref.owner))
            if request_id is not None:
                yield _("划出申请"), "custody-outflow", [str(request_id)]
        if ref.kind == "suspense" and (entry_id := id_in(ref.owner)) is not None:
            yield _("待查款项"), "custody-entry", [str(entry_id)]
    for other, word in ((one.reverses, _("被冲正的分录")), (one.resolves, _("被解冻的分录"))):
        if other is not None:
            yield word, "custody-transfer", [str(one.pool), str(other)]


def of_story(story: matching.Story, *, but: Collection[str] = ()) -> list[Fact]:
    """What each side of the reconciliation told, in the order of money's way."""
    return [
        Fact(
            at=fact.known_at,
            source=_SOURCES.get(fact.side.value, "clearing"),
            title=f"{custody_words.SIDES[fact.side.value]} {money(fact.amount_fen)}",
            meaning=words.of(custody_words.STANDINGS, fact.standing)[0],
            details=_said(fact),
        )
        for fact in story.facts
        if fact.side.value not in but
    ]


def _said(fact: matching.Fact) -> tuple[tuple[str, str], ...]:
    told = [
        (_("状态"), str(words.of(custody_words.STANDINGS, fact.standing)[1])),
        (_("日期"), fact.day.isoformat()),
        (_("编号"), fact.number or fact.key),
        (_("批次"), fact.batch),
        (_("勾对方式"), custody_words.how(fact.how)),
    ]
    if fact.settled_fen != fact.amount_fen:
        told.append((_("结算金额"), money(fact.settled_fen)))
    if fact.of_lines > 1:
        told.append((_("同组行数"), str(fact.of_lines)))
    return tuple((label, value) for label, value in told if value)


def _name(ref: Ref, banks: dict[str, str]) -> str:
    if ref.owner in banks:
        return banks[ref.owner]
    if ref.in_chart.owner == "reason":
        return str(custody_words.REASONS.get(ref.owner, ref.owner))
    if ref.in_chart.owner == "card":
        return mask_card_no(ref.owner)
    channel, _colon, day = ref.owner.rpartition(":")
    if channel:
        return f"{words.CHANNELS.get(channel, channel)} · {day}"
    return ref.owner if id_in(ref.owner) is None else f"…{ref.owner[-12:]}"


def _paid(one: Booked) -> Iterator[Fact]:
    ids = [id_in(ref.owner) for ref in (one.debit, one.credit) if ref.kind == "received"]
    if not ids:
        orders = [id_in(ref.owner) for ref in (one.debit, one.credit) if ref.kind in _ORDERS]
        ids = [each for order in orders if order for each in telling.payments_for(order)]
    for payment_id in ids:
        told = telling.of_payment(payment_id) if payment_id else None
        if told is None or payment_id is None:
            continue
        yield Fact(
            at=told.created_at,
            source="person",
            title=f"{_('订单')} {money(told.amount_fen)}",
            details=(
                (_("订单号"), told.order_no),
                (_("渠道"), str(words.CHANNELS.get(told.channel, told.channel))),
                (_("状态"), str(words.MONEY_STATES.get(told.state, told.state))),
            ),
        )
        yield from (_heard(word) for word in told.words)
        try:
            story = matching.explain(Side.ORDER, payment_id)
        except LineUnknown:
            continue
        yield from of_story(story, but=("order",))


def _heard(word: telling.Word) -> Fact:
    genuine = word.verdict == "genuine"
    source = "bill" if word.source == "bill" else "notice"
    details = [
        (_("签名判定"), _("签名正确") if genuine else word.verdict),
        (_("密钥"), word.key_id),
        (_("编号"), word.number),
        (_("原文字节"), str(word.bytes_long)),
    ]
    return Fact(
        at=word.at,
        source=source,
        title=words.CHANNEL_SOURCES.get(word.source, _("渠道答复")),
        meaning="settled" if genuine else "wrong",
        details=tuple((label, value) for label, value in details if value),
    )


def _banked(one: Booked) -> Iterator[Fact]:
    seen: set[UUID] = set()
    for ref, side in ((one.debit, "in"), (one.credit, "out")):
        account_id = id_in(ref.owner)
        if ref.kind in BANKS and account_id is not None:
            day = business_day(one.event_at)
            found = queries.entries_like(account_id, day=day, side=side, amount_fen=one.amount_fen)
            exact = [each for each in found if derive(each.id, one.code) == one.id]
            for entry in exact or found:
                seen.add(entry.id)
                yield of_entry(entry, is_exact=bool(exact))
        if ref.kind == "suspense" and account_id not in seen and account_id is not None:
            entry_told = queries.entry(account_id)
            if entry_told is not None:
                seen.add(entry_told.id)
                yield of_entry(entry_told, is_exact=True)


def of_entry(entry: BankEntry, *, is_exact: bool) -> Fact:
    """A bank's line as a fact; one found by day and amount alone says so."""
    sign = "+" if entry.side == "in" else "-"
    details = [
        (_("账户"), f"{entry.account.name} …{entry.account.account_no[-4:]}"),
        (_("银行流水号"), entry.entry_no),
        (_("对方"), entry.counterparty_name),
        (_("摘要"), " ".join(each for each in (entry.summary, entry.remark) if each)),
        (_("依据"), "" if is_exact else _("同日同额，尚未逐笔对应")),
    ]
    return Fact(
        at=start_of_day(entry.booked_day),
        source="bank",
        title=f"{_('银行流水')} {sign}{money(entry.amount_fen)}",
        meaning="settled" if is_exact else "information",
        details=tuple((label, value) for label, value in details if value),
    )


def _approved(one: Booked) -> list[Fact]:
    if one.approval_id is None:
        return []
    asked = approvals.get(one.approval_id)
    known = officers.names_of(each for each in (asked.maker_id, asked.checker_id) if each)
    maker = known.get(str(asked.maker_id), "")
    return explaining.of_approval(
        asked, {"maker": maker, "checker": known.get(str(asked.checker_id), "")}
    )


def _request_of(instruction_id: UUID | None) -> UUID | None:
    if instruction_id is None:
        return None
    try:
        return instructions.get(instruction_id).request_id
    except InstructionUnknown:
        return None


def id_in(text: str) -> UUID | None:
    """The id that a text is; None when it is none."""
    try:
        return UUID(text)
    except ValueError:
        return None
