"""What a kiosk prints, and what its QR leads to: this one order, and nothing that names anybody.

Cash that was kept and is no order has a slip and a link too: where it is, and how to get it back;
once it is an order after all, the same link tells of that.

The link is all the authority there is. It tells amount, state and times, the card's last four
digits and where the machine stands: what stands on the slip, and how far it has come since. No
name, no telephone, no whole card number, no balance, no other order; and it ends.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from accounts.clock import SHANGHAI, business_day
from accounts.models import Kiosk
from gateway.kiosk import shops
from gateway.kiosk.errors import IntakeNotFound
from gateway.kiosk.loads import Proved
from gateway.kiosk.models import CarriedLoad, Claim, Intake
from gateway.topup import queries, sealed_names
from gateway.topup.errors import TopupNotFound
from gateway.topup.models import TopUp
from nfc_topup import queries as cards_loads
from reserve_funds.custody.rules import winding

USE = "gateway.kiosk.receipt"
TOLD_FOR = timedelta(days=180)
_SAID = {"loaded": "已写入卡中", "in_doubt": "结果待查,请将同一张卡再贴一次"}
_SAID_OF_CASH = {
    "kept": (
        "现金已收,还没有充到卡上,记在这张卡名下",
        "稍后自动成为充值,到任一终端贴卡即可",
        "也可凭卡和小票到柜台领回",
    ),
    "kept_over": ("现金已收,没有充到卡上", "已停止充值,请凭卡和小票到柜台领回"),
    "kept_by_shop": ("现金已收,还没有充到卡上", "现金在代理网点,可凭卡和小票向网点领回"),
    "ordered": ("现金已成为这张卡的充值", "到任一终端贴卡即可写入"),
    "refunding": ("这笔现金正在退还",),
    "refunded": ("这笔现金已经退还",),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """All that the link of a receipt tells. `until`: when unloaded cash may be claimed back.

    `is_order` is false of cash that became none: its state is `kept`, `kept_over` (the pool takes
    no top-ups any more), `kept_by_shop`, `refunding` or `refunded`.
    """

    order_no: str
    amount_fen: int
    state: str
    card_end: str
    place: str
    paid_at: datetime | None
    loaded_at: datetime | None
    until: datetime | None
    is_cash: bool
    is_order: bool = True


def token_of(topup: TopUp) -> str:
    """What the QR carries of the order."""
    return sealed_names.sealed(topup.id, USE)


def order_of(token: str, now: datetime) -> TopUp:
    """The order of this link; TopupNotFound for what is no link of ours, or one that has ended."""
    own_id = sealed_names.opened(token, USE)
    slot = _slot_of(own_id)
    topup_id = own_id if slot is None else slot.topup_id
    if topup_id is None:
        raise TopupNotFound(intake_id=own_id)
    topup = queries.get(topup_id, person=None)
    if topup.placed_at < now - TOLD_FOR:
        raise TopupNotFound(topup_id=topup.id)
    return topup


def shown(token: str, now: datetime) -> Shown:
    """What the link tells now, of cash that is no order too; else TopupNotFound as `order_of`."""
    slot = _slot_of(sealed_names.opened(token, USE))
    if slot is not None and slot.topup_id is None:
        return _shown_cash(slot, now)
    topup = order_of(token, now)
    claim = Claim.objects.select_related("intake__kiosk").filter(pk=topup.id).first()
    waits = claim is not None and claim.state in ("waiting", "due") and topup.state != "loaded"
    return Shown(
        order_no=topup.id.hex,
        amount_fen=topup.amount_fen,
        state=topup.state,
        card_end=topup.card.asn[-4:],
        place=claim.intake.kiosk.place if claim is not None else _carried_at(topup),
        paid_at=topup.paid_at,
        loaded_at=topup.loaded_at,
        until=claim.deadline if claim is not None and waits else None,
        is_cash=claim is not None,
    )


def printed(proved: Proved, kiosk: Kiosk, now: datetime) -> dict[str, object]:
    """What the kiosk prints: lines in Chinese, the order's number, and what its QR carries."""
    topup = proved.topup
    lines = [
        "交通一卡通 自助充值",
        f"终端 {kiosk.code}",
        f"地点 {kiosk.place}",
        f"卡号 ****{topup.card.asn[-4:]}",
        f"金额 {_yuan(topup.amount_fen)} 元",
        _SAID.get(proved.verdict.outcome, proved.verdict.why_zh),
    ]
    if proved.verdict.new_balance_fen is not None:
        lines.append(f"余额 {_yuan(proved.verdict.new_balance_fen)} 元")
    lines.append(f"时间 {now.astimezone(SHANGHAI):%Y-%m-%d %H:%M:%S}")
    lines.append("扫码查看这笔钱到了哪里")
    return {"order_no": topup.id.hex, "lines": lines}


def token_of_cash(slot: Intake) -> str:
    """What the QR of cash carries, order or not."""
    return sealed_names.sealed(slot.id, USE)


def printed_cash(kiosk: Kiosk, intake_id: UUID, now: datetime) -> tuple[Intake, dict[str, object]]:
    """What the kiosk prints of cash that fell for no load; IntakeNotFound where none fell."""
    slot = _slot_of(intake_id)
    if slot is None or slot.kiosk_id != kiosk.id or slot.taken_fen == 0:
        raise IntakeNotFound(intake_id=intake_id)
    lines = [
        "交通一卡通 自助充值",
        f"终端 {kiosk.code}",
        f"地点 {kiosk.place}",
        f"卡号 ****{slot.card.asn[-4:]}",
        f"已收现金 {_yuan(slot.taken_fen)} 元",
        *_SAID_OF_CASH[_state_of_cash(slot, now)],
        f"时间 {now.astimezone(SHANGHAI):%Y-%m-%d %H:%M:%S}",
        "扫码查看这笔钱到了哪里",
    ]
    return slot, {"order_no": (slot.topup_id or slot.id).hex, "lines": lines}


def _slot_of(own_id: UUID) -> Intake | None:
    rows = Intake.objects.select_related("kiosk__operator", "card__operator")
    return rows.filter(pk=own_id).first()


def _shown_cash(slot: Intake, now: datetime) -> Shown:
    if slot.taken_fen == 0 or slot.opened_at < now - TOLD_FOR:
        raise TopupNotFound(topup_id=slot.id)
    return Shown(
        order_no=slot.id.hex,
        amount_fen=slot.taken_fen,
        state=_state_of_cash(slot, now),
        card_end=slot.card.asn[-4:],
        place=slot.kiosk.place,
        paid_at=slot.opened_at,
        loaded_at=None,
        until=None,
        is_cash=True,
        is_order=False,
    )


def _state_of_cash(slot: Intake, now: datetime) -> str:
    if slot.state == "ordered":
        return "ordered"
    if slot.state == "returned":
        is_paid = Claim.objects.filter(pk=slot.id, state="paid_out").exists()
        return "refunded" if is_paid else "refunding"
    if shops.is_prepaid(slot.kiosk):
        return "kept_by_shop"
    pools, day = {slot.kiosk.operator.pool, slot.card.operator.pool}, business_day(now)
    return "kept_over" if any(winding.is_winding_down(one, day) for one in pools) else "kept"


def _carried_at(topup: TopUp) -> str:
    """Where a kiosk carried its load; empty where none did."""
    ids = [load.id for load in cards_loads.loads_of_order(topup.id)]
    rows = CarriedLoad.objects.filter(load_id__in=ids).select_related("kiosk")
    last = rows.order_by("-opened_at").first()
    return last.kiosk.place if last is not None else ""


def _yuan(fen: int) -> str:
    return f"{fen // 100}.{fen % 100:02d}"
