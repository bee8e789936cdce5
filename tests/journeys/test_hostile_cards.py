"""Cards that misbehave at the end of the pipe: it ends well or with one sentence, never wrongly."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from gateway.sandbox.journey import stage
from gateway.sandbox.journey.cardpipe import CardGone, CommandPipe
from gateway.sandbox.journey.client import ApiProblem
from gateway.sandbox.journey.telling import Teller
from gateway.sandbox.journey.walk import Walk
from nfc_topup.card import profiles
from nfc_topup.card.profiles import CardProfile
from nfc_topup.keys.sandbox_issuer import sandbox_profile_name
from tests.support.province import KEYS, Citizen, Province

TUNION = profiles.by_name("sandbox")
ENDS_WELL = [
    "honest",
    "lower-case",
    "blank-lines",
    "banner+honest",
    "no-control-lines",
    "torn-credit",
    "no-tac",
    "long-tac",
    "wrong-tac",
    "proof-n1+torn-credit",
    "log-n1+torn-credit",
    "forgetful+torn-credit",
    "mac2-6982+torn-credit",
]
ENDS_WITH_A_SENTENCE = {
    "silent": "does not answer",
    "garbage": "only 'LOREM IPSUM'",
    "garbage-later": "with 'OOPS",
    "no-text": "answers 8050",
    "one-digit": "with '9'",
    "endless-line": "does not end",
    "dies-at-once": "did not answer 00A404",
    "dies-at-initialize": "did not answer 8050",
    "dies-after-credit": "did not answer 8052",
    "torn-initialize": "card_left",
    "torn-pin": "card_left",
    "refuses-initialize": "card_refused_step",
    "short-initialize": "card_answer_unreadable",
    "short-file15": "card_answer_unreadable",
}


class Door:
    """The public API in this process, as the journey's client speaks it."""

    def __init__(self, citizen: Citizen) -> None:
        self.citizen = citizen

    def get(self, path: str) -> dict[str, Any]:
        return self._body(self.citizen.get(path))

    def post(self, path: str, content: dict[str, Any] | None = None) -> dict[str, Any]:
        return self._body(self.citizen.post(path, content or {}))

    def _body(self, answer: Any) -> dict[str, Any]:
        if answer.status >= 400:
            raise ApiProblem(answer.status, answer.body)
        body: dict[str, Any] = answer.body
        return body


class Held:
    """A card program of this number in a citizen's hand, with a paid top-up waiting for it."""

    def __init__(self, province: Province, tmp_path: Path) -> None:
        self.province, self.place = province, tmp_path
        self.citizen = province.citizen()
        chip = province.card()
        self.asn = chip.state.asn
        self.topup = province.paid(self.citizen, chip)
        (tmp_path / "keys.json").write_text(json.dumps(KEYS))

    @contextmanager
    def walk(self, how: str, profile: CardProfile = TUNION) -> Iterator[Walk]:
        card_id = self.citizen.post("cards", {"card_no": self.asn[1:]}).body["id"]
        stage.use_profile(card_id, profile.name)
        keys, chip = self.place / "keys.json", self.place / "chip.json"
        command = f"{sys.executable} -m tests.support.hostile_card {how} {self.asn} {keys} {chip}"
        with closing(CommandPipe(command, first_seconds=2.5, seconds=2.5)) as card:
            yield Walk(
                api=Door(self.citizen),  # type: ignore[arg-type]
                card=card,
                card_no=self.asn[1:],
                tell=Teller(Console(quiet=True)),
            )

    def on_chip_fen(self) -> int:
        chip = self.place / "chip.json"
        return int(json.loads(chip.read_text())["balances"]["2"]) if chip.exists() else 0

    def must_agree(self) -> None:
        booked = self.province.balance_fen("card_purse", self.asn)
        assert booked == self.on_chip_fen() == 5_000
        assert self.citizen.get(f"topups/{self.topup['id']}").body["state"] == "loaded"
        assert self.province.faults() == []


@pytest.fixture
def held(province: Province, tmp_path: Path) -> Held:
    return Held(province, tmp_path)


@pytest.mark.parametrize("how", ENDS_WELL)
def test_an_odd_card_is_loaded_all_the_same(held: Held, how: str) -> None:
    with held.walk(how) as walk:
        walk.load(held.topup["id"])
    held.must_agree()


@pytest.mark.parametrize("how", ENDS_WITH_A_SENTENCE)
def test_a_card_that_cannot_be_talked_to_costs_nobody_anything(held: Held, how: str) -> None:
    with held.walk(how) as walk, pytest.raises((CardGone, ApiProblem)) as ended:
        walk.load(held.topup["id"])
    assert ENDS_WITH_A_SENTENCE[how] in str(ended.value)
    assert len(str(ended.value).splitlines()) == 1
    assert held.province.faults() == []

    with held.walk("honest") as walk:
        walk.repair()
        if held.citizen.get(f"topups/{held.topup['id']}").body["state"] != "loaded":
            walk.load(held.topup["id"])
    held.must_agree()


def test_a_card_without_file_15_is_known_by_the_number_told(held: Held) -> None:
    profile = stage.without_file15(TUNION)
    with held.walk("no-file15", profile) as walk:
        assert stage.number_on(walk.card, profile) is None
        walk.load(held.topup["id"])
    held.must_agree()


def test_a_card_without_the_application_is_named(held: Held) -> None:
    with held.walk("no-application") as walk, pytest.raises(stage.NoSuchCard, match="6A82"):
        stage.number_on(walk.card, TUNION)


@pytest.mark.parametrize("proofs", ["both", "n", "n+1", "no"])
@pytest.mark.parametrize("index", [1, 0x41])
def test_a_profile_made_of_options_fits_the_column(proofs: str, index: int) -> None:
    name = sandbox_profile_name(pin_hex="123456", key_index=index, proofs=proofs)
    assert len(name) <= 48
    assert profiles.by_name(name).key_index == index


@pytest.mark.parametrize("text", ["", "12", "x" * 20, "3" * 20, "٣" * 19])
def test_a_number_that_is_no_card(text: str) -> None:
    with pytest.raises(stage.NoSuchCard):
        stage.asn_told(text)


def test_a_program_that_cannot_be_started() -> None:
    for command in ("", "nothing-of-this-name", '"'):
        with pytest.raises(CardGone, match="cannot be started"):
            CommandPipe(command)
