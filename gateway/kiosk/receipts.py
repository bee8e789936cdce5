"""What a kiosk prints, and what its QR leads to: this one order, and nothing that names anybody.

The link is all the authority there is. It tells amount, state and times, the card's last four
digits and where the machine stands: what stands on the slip, and how far it has come since. No
name, no telephone, no whole card number, no balance, no other order; and it ends.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from accounts.clock import SHANGHAI
from accounts.models import Kiosk
from gateway.kiosk.loads import Proved
from gateway.kiosk.models import CarriedLoad, Claim
from gateway.topup import queries, sealed_names
from gateway.topup.errors import TopupNotFound
from gateway.topup.models import TopUp
from nfc_topup import queries as cards_loads

USE = "gateway.kiosk.receipt"
TOLD_FOR = timedelta(days=180)
_SAID = {"loaded": "已写入卡中", "in_doubt": "结果待查,请将同一张卡再贴一次"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """All that the link of a receipt tells. `until`: when unloaded cash may be claimed back."""

    order_no: str
    amount_fen: int
    state: str
    card_end: str
    place: str
    paid_at: datetime | None
    loaded_at: datetime | None
    until: datetime | None
    is_cash: bool


def token_of(topup: TopUp) -> str:
    """What the QR carries of the order."""
    return sealed_names.sealed(topup.id, USE)


def order_of(token: str, now: datetime) -> TopUp:
    """The order of this link; TopupNotFound for what is no link of ours, or one that has ended."""
    topup = queries.get(sealed_names.opened(token, USE), person=None)
    if topup.placed_at < now - TOLD_FOR:
        raise TopupNotFound(topup_id=topup.id)
    return topup


def shown(token: str, now: datetime) -> Shown:
    """What the link tells now; TopupNotFound as `order_of`."""
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


def _carried_at(topup: TopUp) -> str:
    """Where a kiosk carried its load; empty where none did."""
    ids = [load.id for load in cards_loads.loads_of_order(topup.id)]
    rows = CarriedLoad.objects.filter(load_id__in=ids).select_related("kiosk")
    last = rows.order_by("-opened_at").first()
    return last.kiosk.place if last is not None else ""


def _yuan(fen: int) -> str:
    return f"{fen // 100}.{fen % 100:02d}"
