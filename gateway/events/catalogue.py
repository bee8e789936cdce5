"""事件目录: every kind of event, which move it tells of, and the schema of what it says."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from accounts.card_lifecycle import CARD_MOVES
from gateway.card_service.lifecycle import DEPARTURE_MOVES
from gateway.invoice.lifecycle import INVOICE_MOVES
from gateway.payments.lifecycle import PAYMENT_MOVES, REFUND_MOVES
from gateway.topup.lifecycle import TOPUP_MOVES

CARD_SERVICE_NAMES = ("replacement", "redemption", "migration")

MOVES: Mapping[str, Mapping[str, frozenset[str]]] = {
    "topup": TOPUP_MOVES,
    "payment": PAYMENT_MOVES,
    "refund": REFUND_MOVES,
    "transit_card": CARD_MOVES,
    "departure": DEPARTURE_MOVES,
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
    "card_id": _UUID,
    "service_id": _UUID,
    "kind": {"type": "string", "enum": list(CARD_SERVICE_NAMES)},
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
_CARD = ("card_id", "card_no")
_SERVICE = ("service_id", "kind", "card_no")


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


def _kind(
    name: str, subject: str, after: str, fields: tuple[str, ...], zh: str, en: str, *before: str
) -> EventKind:
    """The first version of a kind."""
    to = _to(after, subject, *before)
    return EventKind(name=name, version=1, fields=fields, zh=zh, en=en, **to)


# fmt: off
KINDS: tuple[EventKind, ...] = (
    _kind("topup.paid", "topup", "paid", (*_TOPUP, "paid_at"),
          "充值已付款,等待写卡", "a top-up is paid and waits for its card", "placed"),
    _kind("topup.loaded", "topup", "loaded", _TOPUP,
          "已写到卡上", "the value is on the card"),
    _kind("topup.in_doubt", "topup", "in_doubt", _TOPUP,
          "不知道是否写到卡上,请持卡人再贴一次",
          "it is not known whether the card was credited; it must be tapped again"),
    _kind("topup.not_loaded", "topup", "paid", _TOPUP,
          "卡片证明没有写上,仍可写卡或退款",
          "the card proved that nothing was loaded; it can be loaded or returned",
          "loading", "in_doubt"),
    _kind("topup.load_disproved", "topup", "paid", _TOPUP,
          "曾裁定已写卡,卡片证明并没有",
          "officers had found it loaded, and the card disproves them", "loaded"),
    _kind("topup.refunding", "topup", "refunding", _TOPUP,
          "正在退款", "its money is on the way back"),
    _kind("topup.refund_withdrawn", "topup", "paid", _TOPUP,
          "退款撤回,仍可写卡", "its refund was withdrawn; it can be loaded again", "refunding"),
    _kind("topup.refunded", "topup", "refunded", _TOPUP,
          "已退款", "its money went back to the payer"),
    _kind("topup.expired", "topup", "expired", _TOPUP,
          "未付款,已过期", "nobody paid in time"),
    _kind("payment.confirmed", "payment", "confirmed",
          (*_PAYMENT, "paid_fen", "paid_at", "transaction_no", "settlement_day"),
          "收款已确认入账", "a payment is confirmed and booked"),
    _kind("payment.contested", "payment", "contested", _PAYMENT,
          "渠道证据互相矛盾,等待人工处理", "the channel's evidence disagrees and people must look"),
    _kind("payment.closed", "payment", "closed", _PAYMENT,
          "未付款,渠道已关单", "the channel closed it unpaid"),
    _kind("refund.done", "refund", "done", (*_REFUND, "done_at"),
          "退款到账", "a refund reached its payer"),
    _kind("refund.abnormal", "refund", "abnormal", _REFUND,
          "渠道退不回去,等待人工处理", "the channel could not give it back; people must look"),
    _kind("refund.withdrawn", "refund", "withdrawn", _REFUND,
          "退款撤回", "a refund was withdrawn"),
    _kind("invoice.issued", "invoice", "issued", _INVOICE,
          "发票已开具", "an invoice is made"),
    _kind("invoice.refused", "invoice", "refused", _INVOICE,
          "开票被拒绝,可改抬头重新申请",
          "the office refused it; it can be asked for again to another title"),
    _kind("invoice.reversing", "invoice", "reversing", _INVOICE,
          "订单有退款,发票不再有效,正在冲红",
          "money of its order went back: it counts no more and is being reversed"),
    _kind("invoice.reversed", "invoice", "reversed", _INVOICE,
          "发票已冲红", "its red invoice is made"),
    _kind("invoice.withdrawn", "invoice", "withdrawn", _INVOICE,
          "未开出,已撤回", "it was never made and never will be"),
    _kind("card.lost", "transit_card", "lost", _CARD,
          "卡已挂失,不再充值", "a card is reported lost and takes no load"),
    _kind("card.found", "transit_card", "in_use", _CARD,
          "卡已找回", "a lost card is found", "lost"),
    _kind("card.renewed", "transit_card", "in_use", _CARD,
          "到期卡已延期", "an expired card is good again", "in_use"),
    _kind("card.replaced", "transit_card", "replaced", _CARD,
          "卡已换下,不能再用", "a card is replaced and out of service"),
    _kind("card.closed", "transit_card", "closed", _CARD,
          "卡已退,不能再用", "a card is handed back and out of service"),
    _kind("card_service.moved", "departure", "moved", (*_SERVICE, "amount_fen"),
          "余额已离开旧卡", "the balance has left the old card", "waiting"),
    _kind("card_service.unpaid", "departure", "moved", (*_SERVICE, "amount_fen"),
          "有一路没有付到,重新安排", "a route failed and its money waits again",
          "paying", "settled"),
    _kind("card_service.settled", "departure", "settled", (*_SERVICE, "amount_fen"),
          "补换卡、迁移或赎回已办完", "a replacement, migration or redemption is done"),
    _kind("card_service.withdrawn", "departure", "withdrawn", _SERVICE,
          "持卡人撤回", "its holder withdrew it"),
)
# fmt: on

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
