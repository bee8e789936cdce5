"""A neighbour's control plane: the payer, the clock, the switches, the keys and the book."""

import json
from collections.abc import Callable, Mapping
from typing import Any

from gateway.sandbox.neighbours.deliveries import Deliveries
from gateway.sandbox.neighbours.faults import UnknownFault
from gateway.sandbox.neighbours.keyring import Keyring
from gateway.sandbox.neighbours.moments import shown_moment
from gateway.sandbox.neighbours.refusal import Refusal
from gateway.sandbox.neighbours.server import PREFIX, Call, Reply
from gateway.sandbox.neighbours.state import NeighbourState

Act = Callable[[dict[str, Any]], Mapping[str, Any]]


class ControlPlane:
    """Everything under /_sandbox/; the server lets only this machine in.

    A channel's own control plane adds "pay" and whatever else its payers and people do. Without
    `deliveries` there is nothing to send again.
    """

    def __init__(
        self, state: NeighbourState, *, deliveries: Deliveries | None, keyring: Keyring
    ) -> None:
        self._state = state
        self._keyring = keyring
        self.acts: dict[tuple[str, str], Act] = {
            ("GET", "health"): lambda _: self._health(),
            ("GET", "keys"): lambda _: self._keys(),
            ("GET", "book"): lambda _: state.shown(),
            ("GET", "faults"): lambda _: {
                "on": state.faults.listed(),
                "known": dict(state.faults.known),
            },
            ("POST", "faults"): self._faults,
            ("POST", "faults/clear"): self._clear,
            ("POST", "advance"): self._advance,
            ("POST", "rotate_keys"): self._rotate_keys,
        }
        if deliveries is not None:
            again = ("POST", "notify_again")
            self.acts[again] = lambda asked: self._notify_again(deliveries, asked)

    def answer(self, call: Call) -> Reply:
        """Do it and tell what became of it."""
        act = self.acts.get((call.method, call.target.partition("?")[0].removeprefix(PREFIX)))
        if act is None:
            return _told(404, {"code": "NO_SUCH_CONTROL"})
        try:
            return _told(200, act(json.loads(call.body) if call.body else {}))
        except Refusal as refusal:
            words = {"code": refusal.code, "message": refusal.message}
            return _told(refusal.status if refusal.status in range(400, 600) else 409, words)
        except (UnknownFault, KeyError, TypeError, ValueError) as wrong:
            return _told(400, {"code": "BAD_CONTROL", "message": repr(wrong)})

    def merchant_of(self, asked: dict[str, Any]) -> str:
        """The merchant named, or the only one with an order of that number."""
        named = asked.get("merchant_no")
        if named:
            return str(named)
        owners = {
            order["merchant_no"]
            for order in self._state.shown_orders()
            if order["order_no"] == asked["order_no"]
        }
        if len(owners) != 1:
            raise Refusal(404, "ORDER_NOT_EXIST", "订单不存在或商户不唯一")
        return str(owners.pop())

    def _health(self) -> dict[str, Any]:
        return {"ok": True, "now": shown_moment(self._state.book.now())}

    def _keys(self) -> dict[str, Any]:
        return {
            "current": self._keyring.current().key_id,
            "keys": {key.key_id: key.public_pem.decode() for key in self._keyring.all()},
        }

    def _faults(self, asked: dict[str, Any]) -> dict[str, Any]:
        self._state.faults.set(asked)
        return {"on": self._state.faults.listed()}

    def _clear(self, _: dict[str, Any]) -> dict[str, Any]:
        self._state.faults.clear()
        return {"on": {}}

    def _notify_again(self, deliveries: Deliveries, asked: dict[str, Any]) -> dict[str, Any]:
        count = deliveries.again(self.merchant_of(asked), asked["order_no"])
        deliveries.do_due()
        return {"notices": count}

    def _advance(self, asked: dict[str, Any]) -> dict[str, Any]:
        self._state.advance(float(asked["seconds"]))
        return self._health()

    def _rotate_keys(self, asked: dict[str, Any]) -> dict[str, Any]:
        self._keyring.rotate(str(asked.get("style", "")), drop_old=bool(asked.get("drop_old")))
        return self._keys()


def _told(status: int, words: Mapping[str, Any]) -> Reply:
    body = json.dumps(words, ensure_ascii=False, separators=(",", ":")).encode()
    return Reply(status=status, headers={"Content-Type": "application/json"}, body=body)
