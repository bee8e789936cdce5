"""A card at the end of a citizen's app in a test: scripts are carried as a pipe would."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from gateway.sandbox.virtual_card import VirtualCard
from tests.support.province import Answer, Citizen

TORN = "TORN"


@dataclass(slots=True, kw_only=True)
class Talk:
    """One citizen holding one card."""

    citizen: Citizen
    card: VirtualCard

    def run(self, script: list[dict[str, Any]]) -> list[str]:
        answers: list[str] = []
        for step in script:
            answer = self.card.line(step["apdu"])
            answers.append(answer)
            if answer == TORN or (step["expect"] == "9000" and not answer.endswith("9000")):
                break
        return answers

    def open(self, topup: dict[str, Any]) -> Answer:
        return self.citizen.post(f"topups/{topup['id']}/loads")

    def challenge(self, load: Answer, answers: list[str] | None = None) -> Answer:
        told = self.run(load.body["script"]) if answers is None else answers
        return self.citizen.post(f"loads/{load.body['id']}/challenge", {"answers": told})

    def prove(self, credit: Answer, answers: list[str] | None = None) -> Answer:
        told = self.run(credit.body["script"]) if answers is None else answers
        return self.citizen.post(f"loads/{credit.body['id']}/proof", {"answers": told})

    def load(self, topup: dict[str, Any], *, tear: str = "") -> Answer:
        """The whole talk; ``tear`` is before or after CREDIT."""
        credit = self.challenge(self.open(topup))
        assert credit.status == 200, credit.body
        if tear:
            self.card.line(f"!tear-{tear}")
        return self.prove(credit)

    def show(self) -> Answer:
        """The card is seen again."""
        self.card.line("!reset")
        asked = self.citizen.post("evidence", {"card_no": self.card.state.asn[1:]})
        assert asked.status == 201, asked.body
        return self.citizen.post(
            f"evidence/{asked.body['id']}", {"answers": self.run(asked.body["script"])}
        )

    def balance_fen(self) -> int:
        return self.card.state.balances["2"]
