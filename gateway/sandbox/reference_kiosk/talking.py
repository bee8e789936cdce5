"""The talk between a card and the house; the kiosk carries it and decides nothing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from gateway.sandbox.journey.cardpipe import TORN
from gateway.sandbox.reference_kiosk import forwarding
from gateway.sandbox.reference_kiosk.machine import Inside, fresh
from gateway.sandbox.reference_kiosk.wire import Refused, Silent
from nfc_topup.card import reading, scripts
from nfc_topup.card.errors import CardAnswerUnreadable, CardNotOurs

OK = "9000"


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """The card on the reader as it shows itself; nothing of it is proved."""

    shown: int
    card_no: str
    aid: str
    balance_fen: int | None

    @property
    def wish(self) -> dict[str, str]:
        """How it is named to the house."""
        return {"card_no": self.card_no, "aid": self.aid}


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """How a load ended: loaded, in_doubt, unsent (proof kept here), not_begun.

    `tracker` is the page that tells whoever has the slip how far this money has come.
    """

    word: str
    amount_fen: int
    tracker: str = ""
    new_balance_fen: int | None = None
    receipt: tuple[str, ...] = ()


def look_at(inside: Inside) -> Card | None:
    """Reads number and balance; None when the card cannot be read, or left."""
    shown = inside.reader.shown()
    if not shown:
        return None
    inside.reader.line("!reset")
    try:
        profile = reading.recognise(inside.reader.line)
        script = scripts.balance_script(profile)
        answers = reading.carry(inside.reader.line, script)
        picture = reading.picture_of(profile, scripts.read_transcript(script, answers))
    except (CardNotOurs, CardAnswerUnreadable):
        return None
    if not picture.card_no:
        return None
    return Card(
        shown=shown,
        card_no=picture.card_no,
        aid=profile.aid.hex().upper(),
        balance_fen=picture.balance_fen,
    )


def repair(inside: Inside, card: Card) -> str:
    """Lets the card say what is on it: loaded, not_loaded, unclear, or nothing (nothing is open).

    Silent; Refused.
    """
    try:
        asked = inside.wire.post("evidence", card.wish, key=fresh())
    except Refused as refused:
        if refused.code == "nothing_unresolved":
            return "nothing"
        raise
    answers = _carry(inside, asked["script"])
    shown = inside.wire.post(f"evidence/{asked['id']}", {"answers": answers}, key=fresh())
    return str(shown["outcome"])


def load(inside: Inside, opened: dict[str, Any]) -> Outcome:
    """Carries an opened load to its end: challenge, CREDIT, proof. Refused before MAC2 is out."""
    amount, tracker = int(opened["amount_fen"]), str(opened["receipt_url"])
    answers = _carry(inside, opened["script"])
    if len(answers) < len(opened["script"]) or not answers[-1].endswith(OK):
        return Outcome(word="not_begun", amount_fen=amount, tracker=tracker)
    where = f"loads/{opened['id']}"
    credit = inside.wire.post(f"{where}/challenge", {"answers": answers}, key=fresh())
    inside.keep("crediting", id=opened["id"], order_id=opened["order_id"], amount_fen=amount)
    record = forwarding.record_answer(inside, _carry(inside, credit["script"]))
    try:
        told = forwarding.say_proof(inside, record)
    except Silent:
        word = "unsent" if record.kind == "load" else "in_doubt"
        return Outcome(word=word, amount_fen=amount, tracker=tracker)
    if told is None:
        return Outcome(word="in_doubt", amount_fen=amount, tracker=tracker)
    receipt: Any = told["receipt"]
    balance: Any = told["new_balance_fen"]
    return Outcome(
        word=str(told["outcome"]),
        amount_fen=amount,
        tracker=tracker,
        new_balance_fen=balance,
        receipt=tuple(receipt["lines"]),
    )


def _carry(inside: Inside, script: list[dict[str, Any]]) -> list[str]:
    """Every command to the card until it leaves, or says no where only 9000 goes on."""
    answers: list[str] = []
    for step in script:
        answers.append(inside.reader.line(step["apdu"]))
        if answers[-1] == TORN or (step["expect"] == OK and not answers[-1].endswith(OK)):
            break
    return answers
