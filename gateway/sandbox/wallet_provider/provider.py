"""The provider's conversation with the gateway about one order, and its faults on demand."""

from __future__ import annotations

import threading
from collections.abc import Collection, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from gateway.sandbox.wallet_provider.phone import Phone, check_order, in_parts
from gateway.sandbox.wallet_provider.wire import Answer, Gateway, Signer

FAULTS: Mapping[str, str] = {
    "duplicate_fetch": "the challenge is sent twenty times at once",
    "confirm_twice": "the result is sent twice",
    "confirm_lost": "the result is never sent",
    "lie_about_failure": "the result says failed and tells no TAC, though the card was credited",
    "lie_about_success": "the result says success with a TAC that nobody made",
    "replay_initialize": "the challenge is that of the load before",
    "foreign_signature": "requests are signed by a key that nobody registered",
    "wrong_amount": "the challenge names one fen more",
    "wrong_card": "the load is asked for another card",
}
TWINS = 20
KEY_ID = "sandbox-phone-1"


class Halted(Exception):
    """The gateway refused or kept silent; the conversation ends here."""


@dataclass(slots=True)
class Tale:
    """What was asked and answered, in order."""

    told: list[dict[str, Any]] = field(default_factory=list)
    outcome: str = ""

    def keep(self, door: str, answer: Answer) -> dict[str, Any]:
        """Writes an answer down and gives its body; Halted unless it is a success."""
        self.told.append({"door": door, "status": answer.status, "body": answer.body})
        if not 200 <= answer.status < 300:
            self.outcome = str(answer.body.get("code", "silent"))
            raise Halted(self.outcome)
        return answer.body


class Provider:
    """One provider: its key, one phone, and the gateway it talks to."""

    def __init__(self, state_dir: Path, gateway_url: str, key_id: str = KEY_ID) -> None:
        state_dir.mkdir(parents=True, exist_ok=True)
        self._dir = state_dir
        self.signer = self._signer(key_id)
        self.phone = Phone(state_dir / "card.json")
        self.gateway = Gateway(gateway_url, self.signer)
        self.lock = threading.Lock()
        self._last_challenge: dict[str, str] = {}

    def recharge(
        self,
        call: Mapping[str, str],
        *,
        faults: Collection[str] = (),
        tear: str = "",
        by_values: bool = False,
    ) -> dict[str, Any]:
        """What rechargeTransitCard does with a signed order; {outcome, told}.

        `tear` is before or after CREDIT; `by_values` drives the card itself and sends values
        instead of answers. OrderForged before anything is asked.
        """
        unknown = set(faults) - set(FAULTS)
        if unknown:
            raise ValueError(f"no such fault: {', '.join(sorted(unknown))}")
        check_order(call, (self._dir / "order-key.pem").read_text(encoding="ascii"))
        tale = Tale()
        with suppress(Halted):
            self._fetch(call, tale, frozenset(faults), tear, by_values)
        return {"outcome": tale.outcome, "told": tale.told}

    def show(self, order_no: str) -> dict[str, Any]:
        """The card is seen again: evidence by the order's number; {outcome, told}."""
        tale = Tale()
        self.phone.chip.line("!reset")
        with suppress(Halted):
            asked = tale.keep("evidence", self.gateway.post(f"orders/{order_no}/evidence", {}))
            said = self.gateway.post(
                f"orders/{order_no}/evidence/{asked['id']}",
                {"answers": self.phone.run(asked["script"])},
            )
            tale.outcome = tale.keep("answers", said)["outcome"]
        return {"outcome": tale.outcome, "told": tale.told}

    def order(self, order_no: str) -> dict[str, Any]:
        """Where the gateway says the order stands."""
        answer = self.gateway.get(f"orders/{order_no}")
        return {"status": answer.status, "body": answer.body}

    def _fetch(
        self,
        call: Mapping[str, str],
        tale: Tale,
        faults: frozenset[str],
        tear: str,
        by_values: bool,
    ) -> None:
        order = f"orders/{call['orderNo']}"
        card_no = self.phone.chip.state.asn[1:]
        if "wrong_card" in faults:
            card_no = card_no[:-1] + str((int(card_no[-1]) + 1) % 10)
        signer = (
            Signer("sandbox-phone-9", Signer.new_pem()) if "foreign_signature" in faults else None
        )
        opened = tale.keep(
            "loads", self.gateway.post(f"{order}/loads", {"card_no": card_no}, signer=signer)
        )
        amount_fen = opened["amount_fen"] + ("wrong_amount" in faults)
        words: dict[str, Any] = {"card_no": card_no, "amount_fen": amount_fen}
        words |= self._challenge(opened, faults, by_values)
        talk = f"{order}/loads/{opened['load_id']}"
        credit = self._seal(talk, words, tale, faults)
        if tear:
            self.phone.chip.line(f"!tear-{tear}")
        said = self.phone.run(credit["script"])
        self._report(talk, said, tale, faults, by_values)

    def _challenge(
        self, opened: Mapping[str, Any], faults: frozenset[str], by_values: bool
    ) -> dict[str, Any]:
        before = self._last_challenge
        if by_values or "replay_initialize" in faults:
            fresh = self.phone.initialize(opened["initialize"])
            self._last_challenge = fresh
            return {"initialize": before if "replay_initialize" in faults else fresh}
        answers = self.phone.run(opened["script"])
        if len(answers[-1]) == 36:
            self._last_challenge = in_parts(answers[-1])
        return {"answers": answers}

    def _seal(
        self, talk: str, words: Mapping[str, Any], tale: Tale, faults: frozenset[str]
    ) -> dict[str, Any]:
        if "duplicate_fetch" not in faults:
            return tale.keep("challenge", self.gateway.post(f"{talk}/challenge", words))
        with ThreadPoolExecutor(TWINS) as pool:
            many = list(
                pool.map(lambda _: self.gateway.post(f"{talk}/challenge", words), range(TWINS))
            )
        for answer in many[1:]:
            tale.told.append({"door": "challenge", "status": answer.status, "body": answer.body})
        return tale.keep("challenge", many[0])

    def _report(
        self, talk: str, said: list[str], tale: Tale, faults: frozenset[str], by_values: bool
    ) -> None:
        if "confirm_lost" in faults:
            tale.outcome = "not reported"
            return
        words: dict[str, Any] = {"status": "0000", "answers": said}
        if by_values:
            tac = said[0][:8] if len(said[0]) == 12 else None
            words = {"status": "0000" if tac else "9999", "tac": tac}
        if "lie_about_failure" in faults:
            words = {"status": "FAIL"}
        if "lie_about_success" in faults:
            words = {"status": "0000", "tac": "DEADBEEF"}
        for _ in range(2 if "confirm_twice" in faults else 1):
            verdict = tale.keep("result", self.gateway.post(f"{talk}/result", words))
            tale.outcome = verdict["outcome"]

    def _signer(self, key_id: str) -> Signer:
        file = self._dir / f"{key_id}.pem"
        if not file.exists():
            file.touch(mode=0o600)
            file.write_bytes(Signer.new_pem())
        signer = Signer(key_id, file.read_bytes())
        (self._dir / f"{key_id}.pub.pem").write_text(signer.public_pem, encoding="ascii")
        return signer
