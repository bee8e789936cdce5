"""Operators that take a deposit, and a citizen who pays one over the province's channel."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from uuid import uuid4

from gateway.deposits.models import Deposit
from gateway.sandbox.neighbourhood import neighbour
from tests.gateway.card_service.holders import Held
from tests.support.province import Province

FEN = 2_000


def takes(settings: Any, place: Path, operator_code: str, fen: int = FEN, more: str = "") -> None:
    """From now on this operator takes so much with a card."""
    told = place / f"deposit_terms_{uuid4().hex}.toml"
    told.write_text(
        '[default]\namount_fen = 0\nback_for = ["given_up", "unreadable", "expired"]\n'
        f'[operators."{operator_code}"]\namount_fen = {fen}\n{more}\n',
        encoding="utf-8",
    )
    settings.DEPOSIT_TERMS = str(told)


def ordered(held: Held) -> dict[str, Any]:
    """A deposit of this card whose payment is offered, in the shape of an order of the province."""
    wish = {"channel": held.province.channel, "scene": neighbour(held.province.channel).scenes[0]}
    if wish["scene"] == "jsapi":
        wish["payer_openid"] = "sandbox-payer-1"
    said = held.citizen.post(f"{held.path}/deposit", wish)
    assert said.status == 201, said.body
    return {"id": said.body["deposit"]["id"], "payments": [said.body["payment"]]}


def paid(held: Held) -> dict[str, Any]:
    """The same, confirmed."""
    order = ordered(held)
    held.province.pay(order)
    held.province.ask(order)
    return order


def of(province: Province, order: dict[str, Any]) -> Deposit:
    return Deposit.objects.select_related("card").get(pk=order["id"])
