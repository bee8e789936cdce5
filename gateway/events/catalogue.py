"""事件目录: every kind of event, which move it tells of, and the schema of what it says."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from gateway.invoice.lifecycle import INVOICE_MOVES
from gateway.payments.lifecycle import PAYMENT_MOVES, REFUND_MOVES
from gateway.topup.lifecycle import TOPUP_MOVES

MOVES: Mapping[str, Mapping[str, frozenset[str]]] = {
    "topup": TOPUP_MOVES,
    "payment": PAYMENT_MOVES,
    "refund": REFUND_MOVES,
    "invoice": INVOICE_MOVES,
}
SUBJECTS = tuple(MOVES)

_UUID = {"type": "string", "format": "uuid"}
_FEN = {"type": "integer", "minimum": 0, "description": "fen 分"}
_MOMENT = {"type": "string", "format": "date-time"}
FIELDS: Mapping[str, Mapping[str, Any]] = {
    "topup_id": _UUID,
    "payment_id": _UUID,
    "refund_id": _UUID,
    "invoice_id": _UUID,
    "card_no": {
        "type": "string",
        "pattern": r"^[0-9]{4} \*{4} \*{4} [0-9]{4}$",
        "description": "masked 掩码",
    },
    "amount_fen": _FEN,
    "paid_fen": _FEN,
    "paid_at": _MOMENT,
    "done_at": _MOMENT,
    "channel": {"type": "string"},
    "order_no": {"type": "string"},
    "transaction_no": {"type": "string"},
    "settlement_day": {"type": "string", "format": "date"},
    "refund_no": {"type": "string"},
    "request_no": {"type": "string"},
    "for": {
        "type": "object",
        "description": "what the money was paid for 为何付款",
        "properties": {"kind": {"type": "string"}, "id": _UUID},
        "required": ["kind", "id"],
        "additionalProperties": False,
    },
}
"""What an event may say: numbers of ours, amounts, moments. Nothing of a person; cards masked."""

_TOPUP = ("topup_id", "card_no", "amount_fen")
_PAYMENT = ("payment_id", "for", "channel", "order_no", "amount_fen")
_INVOICE = ("invoice_id", "payment_id", "for", "request_no", "amount_fen")
_REFUND = ("refund_id", "payment_id", "for", "channel", "refund_no", "amount_fen")


@dataclass(frozen=True, slots=True, kw_only=True)
class EventKind:
    """One kind. `before` and `after` are the states the move leads from and to."""

    name: str
    version: int
    subject: str
    before: frozenset[str]
    after: str
    fields: tuple[str, ...]
    zh: str
    en: str

    @property
    def urn(self) -> str:
        """The name of the schema; a field added or a meaning changed is another version."""
        return f"urn:transport-card-gateway:event:{self.name}:{self.version}"

    @property
    def schema(self) -> dict[str, Any]:
        """JSON Schema (2020-12) of `data`."""
        return {
            "$schema": "https://json-schema.org/draft/2020-12/schema",
            "$id": self.urn,
            "title": self.en,
            "type": "object",
            "properties": {name: FIELDS[name] for name in self.fields},
            "required": list(self.fields),
            "additionalProperties": False,
        }


def _to(after: str, subject: str, *before: str) -> dict[str, Any]:
    every = {state for state, then in MOVES[subject].items() if after in then}
    return {"subject": subject, "after": after, "before": frozenset(before) or frozenset(every)}


KINDS: tuple[EventKind, ...] = (
    EventKind(
        name="topup.paid",
        version=1,
        **_to("paid", "topup", "placed"),
        fields=(*_TOPUP, "paid_at"),
        zh="充值已付款,等待写卡",
        en="a top-up is paid and waits for its card",
    ),
    EventKind(
        name="topup.loaded",
        version=1,
        **_to("loaded", "topup"),
        fields=_TOPUP,
        zh="已写到卡上",
        en="the value is on the card",
    ),
    EventKind(
        name="topup.in_doubt",
        version=1,
        **_to("in_doubt", "topup"),
        fields=_TOPUP,
        zh="不知道是否写到卡上,请持卡人再贴一次",
        en="it is not known whether the card was credited; it must be tapped again",
    ),
    EventKind(
        name="topup.not_loaded",
        version=1,
        **_to("paid", "topup", "loading", "in_doubt"),
        fields=_TOPUP,
        zh="卡片证明没有写上,仍可写卡或退款",
        en="the card proved that nothing was loaded; it can be loaded or returned",
    ),
    EventKind(
        name="topup.load_disproved",
        version=1,
        **_to("paid", "topup", "loaded"),
        fields=_TOPUP,
        zh="曾裁定已写卡,卡片证明并没有",
        en="officers had found it loaded, and the card disproves them",
    ),
    EventKind(
        name="topup.refunding",
        version=1,
        **_to("refunding", "topup"),
        fields=_TOPUP,
        zh="正在退款",
        en="its money is on the way back",
    ),
    EventKind(
        name="topup.refund_withdrawn",
        version=1,
        **_to("paid", "topup", "refunding"),
        fields=_TOPUP,
        zh="退款撤回,仍可写卡",
        en="its refund was withdrawn; it can be loaded again",
    ),
    EventKind(
        name="topup.refunded",
        version=1,
        **_to("refunded", "topup"),
        fields=_TOPUP,
        zh="已退款",
        en="its money went back to the payer",
    ),
    EventKind(
        name="topup.expired",
        version=1,
        **_to("expired", "topup"),
        fields=_TOPUP,
        zh="未付款,已过期",
        en="nobody paid in time",
    ),
    EventKind(
        name="payment.confirmed",
        version=1,
        **_to("confirmed", "payment"),
        fields=(*_PAYMENT, "paid_fen", "paid_at", "transaction_no", "settlement_day"),
        zh="收款已确认入账",
        en="a payment is confirmed and booked",
    ),
    EventKind(
        name="payment.contested",
        version=1,
        **_to("contested", "payment"),
        fields=_PAYMENT,
        zh="渠道证据互相矛盾,等待人工处理",
        en="the channel's evidence disagrees and people must look",
    ),
    EventKind(
        name="payment.closed",
        version=1,
        **_to("closed", "payment"),
        fields=_PAYMENT,
        zh="未付款,渠道已关单",
        en="the channel closed it unpaid",
    ),
    EventKind(
        name="refund.done",
        version=1,
        **_to("done", "refund"),
        fields=(*_REFUND, "done_at"),
        zh="退款到账",
        en="a refund reached its payer",
    ),
    EventKind(
        name="refund.abnormal",
        version=1,
        **_to("abnormal", "refund"),
        fields=_REFUND,
        zh="渠道退不回去,等待人工处理",
        en="the channel could not give it back; people must look",
    ),
    EventKind(
        name="refund.withdrawn",
        version=1,
        **_to("withdrawn", "refund"),
        fields=_REFUND,
        zh="退款撤回",
        en="a refund was withdrawn",
    ),
    EventKind(
        name="invoice.issued",
        version=1,
        **_to("issued", "invoice"),
        fields=_INVOICE,
        zh="发票已开具",
        en="an invoice is made",
    ),
    EventKind(
        name="invoice.refused",
        version=1,
        **_to("refused", "invoice"),
        fields=_INVOICE,
        zh="开票被拒绝,可改抬头重新申请",
        en="the office refused it; it can be asked for again to another title",
    ),
    EventKind(
        name="invoice.reversing",
        version=1,
        **_to("reversing", "invoice"),
        fields=_INVOICE,
        zh="订单有退款,发票不再有效,正在冲红",
        en="money of its order went back: it counts no more and is being reversed",
    ),
    EventKind(
        name="invoice.reversed",
        version=1,
        **_to("reversed", "invoice"),
        fields=_INVOICE,
        zh="发票已冲红",
        en="its red invoice is made",
    ),
    EventKind(
        name="invoice.withdrawn",
        version=1,
        **_to("withdrawn", "invoice"),
        fields=_INVOICE,
        zh="未开出,已撤回",
        en="it was never made and never will be",
    ),
)
NAMES = frozenset(kind.name for kind in KINDS)
_BY_MOVE = {(kind.subject, state, kind.after): kind for kind in KINDS for state in kind.before}


def of_move(subject: str, before: str, after: str) -> EventKind | None:
    """The kind that tells of this move; None for moves that are nobody else's business."""
    return _BY_MOVE.get((subject, before, after))


def states_of(subject: str) -> frozenset[str]:
    """The states whose reaching is told."""
    return frozenset(kind.after for kind in KINDS if kind.subject == subject)


def duty_of(subject: str) -> str:
    """The duty that makes the events of such subjects."""
    return f"event.{subject}"
