"""A test issuer, cards that answer for real, and the talk between them and the loading services."""

import json
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import count
from uuid import UUID

import pytest

from accounts.actors import Actor
from accounts.identifiers import new_id
from accounts.models import Operator, TransitCard
from gateway.sandbox.virtual_card import CardState, Quirks, VirtualCard, card_keys
from nfc_topup import loading
from nfc_topup.keys.sandbox_issuer import import_test_keys
from nfc_topup.vault import algorithms
from nfc_topup.vault.pkcs11 import KeysIn
from tests.nfc_topup.tokens import DLK, LOAD, new_token

NOW = datetime(2026, 11, 22, 3, 0, tzinfo=UTC)
MASTERS = {
    "MLK": "112233445566778899AABBCCDDEEFF00",
    "MTK": "0f1e2d3c4b5a69788796a5b4c3d2e1f0",
    "levels": ["city2x4", "asn8"],
}
CITIZEN = Actor(kind="citizen", id="somebody")
_NUMBERS = count(1)


@dataclass
class Talk:
    """One card, its row, and what passes between it and the gateway at a moment of its own."""

    card: TransitCard
    chip: VirtualCard
    now: datetime = NOW
    actor: Actor = CITIZEN
    sent: list[str] = field(default_factory=list)

    def wait(self, **span: int) -> None:
        self.now += timedelta(**span)

    def pipe(self, script, *, stop: bool = True) -> list[str]:
        """What an honest client does: send each command, stop where it must."""
        answers: list[str] = []
        for step in script:
            self.sent.append(step.apdu_hex)
            answers.append(self.chip.line(step.apdu_hex))
            if stop and (
                answers[-1] == "TORN" or (step.expect == "9000" and answers[-1][-4:] != "9000")
            ):
                break
        return answers

    def open(self, amount_fen: int = 1000, order_id: UUID | None = None):
        return loading.open_load(
            self.card, order_id or new_id(self.now), amount_fen, self.actor, self.now
        )

    def seal(self, load_id, answers):
        prepared = loading.prepare_seal(load_id, answers, self.actor, self.now)
        return loading.commit_seal(prepared, self.actor, self.now)

    def sealed(self, amount_fen: int = 1000):
        """Open and seal; (load id, seal)."""
        opened = self.open(amount_fen)
        return opened.load_id, self.seal(opened.load_id, self.pipe(opened.script))

    def prove(self, load_id, answers):
        return loading.take_proof(load_id, answers, self.actor, self.now)

    def load(self, amount_fen: int = 1000):
        load_id, seal = self.sealed(amount_fen)
        return load_id, self.prove(load_id, self.pipe(seal.script))

    def evidence(self):
        """The card is seen again: ask it and judge."""
        asked = loading.open_evidence(self.card, self.actor, self.now)
        return loading.take_evidence(
            asked.inquiry_id, self.pipe(asked.script), self.actor, self.now
        )

    @property
    def balance(self) -> int:
        return self.chip.state.balances["2"]


@pytest.fixture
def keys_file(tmp_path):
    """The test issuer's master keys as a file."""
    path = tmp_path / "keys.json"
    path.write_text(json.dumps(MASTERS), encoding="utf-8")
    return path


@pytest.fixture
def new_talk(keys_file, operator):
    """Make a talk with a new card of the test issuer."""
    import_test_keys(keys_file, now=NOW)

    def make(*, balance: int = 0, counter: int = 0, quirks: Quirks | None = None, **row) -> Talk:
        asn = f"031051700199{next(_NUMBERS):08d}"
        dlk, dtk = card_keys(MASTERS, asn)
        state = CardState(
            asn=asn, dlk=dlk, dtk=dtk, balances={"1": 0, "2": balance}, counter=counter
        )
        card = TransitCard.objects.create(
            id=new_id(NOW), asn=asn, operator=operator, added_at=NOW, **row
        )
        return Talk(card=card, chip=VirtualCard(state, quirks=quirks))

    return make


@pytest.fixture
def loaded_token(tmp_path):
    """A fresh token that holds the load key of exchange A01's card for good."""
    settings = new_token(tmp_path)
    with KeysIn(settings) as keys:
        told = keys.keep(LOAD, DLK, own=True, lasting=True)
        assert told == algorithms.check_value(DLK).hex().upper()
    return settings


@pytest.fixture
def operator(db):
    """Some operator of the province."""
    return Operator.objects.order_by("pool").first()


@pytest.fixture
def talk(new_talk):
    """A talk with one ordinary card holding 12.34 yuan, counter 7."""
    return new_talk(balance=1234, counter=7)
