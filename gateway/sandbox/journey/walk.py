"""The journey itself: order, pay, load, tear, show the card again."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from gateway.sandbox.journey.cardpipe import TORN, CardPipe
from gateway.sandbox.journey.client import Api, ApiProblem
from gateway.sandbox.journey.telling import Teller

OK = "9000"


@dataclass(frozen=True, slots=True, kw_only=True)
class Walk:
    """One card at the end of one citizen's app, told while it happens."""

    api: Api
    card: CardPipe
    card_no: str
    tell: Teller

    def order(self, card_id: str, amount_fen: int, *, channel: str, scene: str) -> dict[str, Any]:
        """Places a top-up; the channel's offer is in its payment."""
        wish = {"card_id": card_id, "amount_fen": amount_fen, "channel": channel, "scene": scene}
        payer = {"payer_openid": "sandbox-payer"} if scene == "jsapi" else {}
        topup = self.api.post("topups", wish | payer)
        payment = topup["payments"][0]
        self.tell.say(f"top-up {topup['id']} is {topup['state']}")
        self.tell.say(f"order {payment['order_no']}: {_in_hand(payment['offer'])}")
        return topup

    def load(self, topup_id: str, *, tear: str = "") -> None:
        """Loads the card; after a tear, shows it again until the doubt is over."""
        self.tell.heading("Load")
        if self._tap(topup_id, tear)["outcome"] != "in_doubt":
            return
        self._be_refused_a_refund(topup_id)
        if self._show_again()["outcome"] == "not_loaded":
            self.tell.heading("Load anew")
            self._tap(topup_id, "")
        state = self.api.get(f"topups/{topup_id}")["state"]
        if state in ("loading", "in_doubt"):
            raise StillInDoubt(topup_id)

    def finish(self, topup_id: str) -> dict[str, Any]:
        """Loads a paid top-up as a client should: repair first, in doubt show the card again."""
        self.repair()
        verdict = self._tap(topup_id, "")
        if verdict["outcome"] == "in_doubt":
            verdict = self._show_again()
        if verdict["outcome"] == "not_loaded":
            self.tell.heading("Load anew")
            self.card.line("!reset")
            verdict = self._tap(topup_id, "")
        return verdict

    def repair(self) -> None:
        """Ends what an earlier journey of this card left in doubt, before anything new."""
        try:
            self._show_again()
        except ApiProblem as problem:
            if problem.code != "nothing_unresolved":
                raise

    def run(self, script: list[dict[str, Any]]) -> list[str]:
        """Carries a script to the card as a pipe would; stops where script or power says so."""
        answers: list[str] = []
        for step in script:
            answer = self.card.line(step["apdu"])
            self.tell.command(step["apdu"], step["meaning"], answer)
            answers.append(answer)
            if answer == TORN or (step["expect"] == OK and not answer.endswith(OK)):
                break
        return answers

    def _tap(self, topup_id: str, tear: str) -> dict[str, Any]:
        talk = self.api.post(f"topups/{topup_id}/loads")
        answers = self.run(talk["script"])
        credit = self.api.post(f"loads/{talk['id']}/challenge", {"answers": answers})
        if tear:
            self.tell.say(f"the card is about to lose power {tear} it has carried out CREDIT")
            self.card.line(f"!tear-{tear}")
        answers = self.run(credit["script"])
        verdict = self.api.post(f"loads/{talk['id']}/proof", {"answers": answers})
        self.tell.say(f"verdict: {verdict['outcome']}: {verdict['why_en']}")
        return verdict

    def _be_refused_a_refund(self, topup_id: str) -> None:
        self.tell.say(f"the top-up is {self.api.get(f'topups/{topup_id}')['state']}")
        try:
            self.api.post(f"topups/{topup_id}/refund")
        except ApiProblem as problem:
            self.tell.say(f"a refund now is refused: {problem.code}")
            return
        raise RefundTaken(topup_id)

    def _show_again(self) -> dict[str, Any]:
        talk = self.api.post("evidence", {"card_no": self.card_no})
        self.tell.heading("The card is seen again")
        self.card.line("!reset")
        verdict = self.api.post(f"evidence/{talk['id']}", {"answers": self.run(talk["script"])})
        self.tell.say(f"verdict: {verdict['outcome']}: {verdict['why_en']}")
        return verdict


def _in_hand(offer: dict[str, Any]) -> str:
    """What the payer does with what the channel gave."""
    if "code_url" in offer:
        return f"the payer scans {offer['code_url']}"
    if "h5_url" in offer:
        return f"the payer's browser opens {offer['h5_url'].partition('?')[0]}"
    if "form" in offer:
        return f"the payer's browser posts a form to {offer['form']['action']}"
    return f"the payer's app is handed {offer['prepay_id']}"


class StillInDoubt(Exception):
    """Nothing that the card showed ends the doubt: its money waits until it is shown again."""

    def __init__(self, topup_id: str) -> None:
        super().__init__(f"{topup_id} stays in doubt; show the card again to end it")


class RefundTaken(Exception):
    """The service took a refund while it was unknown whether the card was credited."""

    def __init__(self, topup_id: str) -> None:
        super().__init__(f"a refund was taken for {topup_id} while its load is unresolved")
