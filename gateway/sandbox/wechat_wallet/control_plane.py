"""The wallet's control plane: the payer, the clock, the switches and the book."""

import json
from collections.abc import Callable, Mapping
from typing import Any

from gateway.sandbox.wechat_wallet.doors import Call, Reply
from gateway.sandbox.wechat_wallet.faults import SWITCHES, UnknownFault
from gateway.sandbox.wechat_wallet.keyring import CERTIFICATE, PUBLIC_KEY
from gateway.sandbox.wechat_wallet.wallet import WalletState
from gateway.sandbox.wechat_wallet.wire import Refusal, dump
from gateway.sandbox.wechat_wallet.words import shown_moment

PREFIX = "/_sandbox/"


class ControlPlane:
    """Everything under /_sandbox/; the server lets only this machine in."""

    def __init__(self, state: WalletState) -> None:
        self._state = state
        self._acts: Mapping[tuple[str, str], Callable[[dict[str, Any]], dict[str, Any]]] = {
            ("GET", "health"): self._health,
            ("GET", "keys"): self._keys,
            ("GET", "book"): lambda _: state.shown(),
            ("GET", "faults"): lambda _: {"on": state.faults.listed(), "known": dict(SWITCHES)},
            ("POST", "faults"): self._faults,
            ("POST", "faults/clear"): self._clear,
            ("POST", "pay"): self._pay,
            ("POST", "reverse"): self._reverse,
            ("POST", "notify_again"): self._notify_again,
            ("POST", "advance"): self._advance,
            ("POST", "rotate_keys"): self._rotate_keys,
        }

    def answer(self, call: Call) -> Reply:
        """Do it and tell what became of it."""
        act = self._acts.get((call.method, call.target.partition("?")[0].removeprefix(PREFIX)))
        if act is None:
            return _told(404, {"code": "NO_SUCH_CONTROL"})
        try:
            return _told(200, act(json.loads(call.body) if call.body else {}))
        except Refusal as refusal:
            words = {"code": refusal.code, "message": refusal.message}
            return _told(refusal.status, words)
        except (UnknownFault, KeyError, TypeError, ValueError) as wrong:
            return _told(400, {"code": "BAD_CONTROL", "message": repr(wrong)})

    def _health(self, _: dict[str, Any]) -> dict[str, Any]:
        return {"ok": True, "now": shown_moment(self._state.book.now())}

    def _keys(self, _: dict[str, Any]) -> dict[str, Any]:
        ring = self._state.keyring
        return {
            "current": ring.current().key_id,
            "keys": {key.key_id: key.public_pem.decode() for key in ring.all()},
        }

    def _faults(self, asked: dict[str, Any]) -> dict[str, Any]:
        self._state.faults.set(asked)
        return {"on": self._state.faults.listed()}

    def _clear(self, _: dict[str, Any]) -> dict[str, Any]:
        self._state.faults.clear()
        return {"on": {}}

    def _pay(self, asked: dict[str, Any]) -> dict[str, Any]:
        words = self._state.orders.pay(
            self._mchid(asked),
            asked["order_no"],
            amount_fen=asked.get("amount_fen"),
            late=bool(asked.get("late")),
            payer_no=asked.get("payer_no"),
        )
        self._state.ring()
        return words

    def _reverse(self, asked: dict[str, Any]) -> dict[str, Any]:
        return self._state.orders.reverse(self._mchid(asked), asked["order_no"])

    def _notify_again(self, asked: dict[str, Any]) -> dict[str, Any]:
        count = self._state.notices.again(self._mchid(asked), asked["order_no"])
        self._state.notices.deliver_due()
        return {"notices": count}

    def _advance(self, asked: dict[str, Any]) -> dict[str, Any]:
        self._state.advance(float(asked["seconds"]))
        return self._health({})

    def _rotate_keys(self, asked: dict[str, Any]) -> dict[str, Any]:
        style = asked.get("style", PUBLIC_KEY)
        if style not in (CERTIFICATE, PUBLIC_KEY):
            raise ValueError("style")
        self._state.keyring.rotate(style, drop_old=bool(asked.get("drop_old")))
        return self._keys({})

    def _mchid(self, asked: dict[str, Any]) -> str:
        return str(asked.get("mchid") or self._state.orders.owner_of(asked["order_no"]))


def _told(status: int, words: Mapping[str, Any]) -> Reply:
    return Reply(status=status, headers={"Content-Type": "application/json"}, body=dump(words))
