"""The reference client loads a card by the API: at hand, as a program, and on a PC/SC reader."""

from __future__ import annotations

import io
import json
import sys
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any
from wsgiref.simple_server import WSGIRequestHandler, make_server

import pytest
from django.core.management import CommandError, call_command
from django.core.wsgi import get_wsgi_application
from django.db import connections
from rich.console import Console

from gateway.sandbox.journey.cardpipe import CardPipe, CommandPipe, VirtualPipe
from gateway.sandbox.journey.client import ApiProblem
from gateway.sandbox.journey.pcsc import PcscPipe
from gateway.sandbox.journey.telling import Teller
from gateway.sandbox.journey.walk import Walk
from gateway.sandbox.virtual_card import VirtualCard
from gateway.sandbox.virtual_reader import VirtualReader
from nfc_topup.card import reading
from tests.support import pcsc
from tests.support.province import KEYS, Answer, Citizen, Province

PIN = bytes.fromhex("123456")


class InProcess:
    """The client's way to the API, without a socket between."""

    def __init__(self, citizen: Citizen) -> None:
        self._citizen = citizen

    def get(self, path: str) -> dict[str, Any]:
        return self._body(self._citizen.get(path))

    def post(self, path: str, content: dict[str, Any] | None = None) -> dict[str, Any]:
        return self._body(self._citizen.post(path, content))

    def _body(self, answer: Answer) -> dict[str, Any]:
        if answer.status >= 400:
            raise ApiProblem(answer.status, answer.body)
        body: dict[str, Any] = answer.body
        return body


@contextmanager
def at_hand(card: VirtualCard, directory: Path) -> Iterator[CardPipe]:
    yield VirtualPipe(card)


@contextmanager
def as_a_program(card: VirtualCard, directory: Path) -> Iterator[CardPipe]:
    keys = directory / "keys.json"
    keys.write_text(json.dumps(KEYS), encoding="utf-8")
    words = f"-m gateway.sandbox.virtual_card --asn {card.state.asn} --keys {keys}"
    with closing(CommandPipe(f"{sys.executable} {words}")) as pipe:
        yield pipe


@contextmanager
def on_a_reader(card: VirtualCard, directory: Path) -> Iterator[CardPipe]:
    pcsc.skip_unless_there()
    with pcsc.virtual_reader(directory) as port:
        reader = VirtualReader(card, port=port)
        reader.insert()
        with closing(PcscPipe("virtual")) as pipe:
            yield pipe
        reader.remove()


@pytest.mark.parametrize("way", [at_hand, as_a_program, on_a_reader])
def test_the_same_code_reads_and_loads_whatever_holds_the_card(
    province: Province, tmp_path: Path, way: Any
) -> None:
    citizen, card = province.citizen(), province.card()
    topup = province.paid(citizen, card)

    with way(card, tmp_path) as pipe:
        before = reading.read_card(pipe.line, pin=PIN)
        verdict = walk(citizen, pipe, before.card_no).finish(topup["id"])
        after = reading.read_card(pipe.line, pin=PIN)

    assert verdict["outcome"] == "loaded"
    assert (before.balance_fen, after.balance_fen) == (0, 5_000)
    assert [record.amount_fen for record in after.log] == [5_000]
    assert citizen.get(f"topups/{topup['id']}").body["state"] == "loaded"
    assert province.faults() == []


@pytest.mark.parametrize("tear", ["!tear-before", "!tear-after"])
def test_a_card_torn_from_a_real_reader_is_repaired_when_it_is_shown_again(
    province: Province, tmp_path: Path, tear: str
) -> None:
    citizen, card = province.citizen(), province.card()
    topup = province.paid(citizen, card)

    with on_a_reader(card, tmp_path) as pipe:
        walking = walk(citizen, TornAtCredit(pipe, card, tear), card.state.asn[1:])
        verdict = walking.finish(topup["id"])

    assert verdict["outcome"] == "loaded"
    assert card.state.balances["2"] == 5_000
    assert province.faults() == []


@pytest.fixture
def url(province: Province) -> Iterator[str]:
    """The service on a port of its own, for a client that only knows HTTP."""
    server = make_server("127.0.0.1", 0, get_wsgi_application(), handler_class=Quiet)

    def serve() -> None:
        server.serve_forever(poll_interval=0.05)
        connections.close_all()

    thread = threading.Thread(target=serve)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join(10)
    server.server_close()


def test_the_command_loads_by_http_with_a_token_and_nothing_else(
    province: Province, tmp_path: Path, url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    citizen, card = province.citizen(), province.card()
    topup = province.paid(citizen, card)
    keys, token, out = tmp_path / "keys.json", tmp_path / "token", io.StringIO()
    keys.write_text(json.dumps(KEYS), encoding="utf-8")
    token.write_text(citizen.token, encoding="utf-8")
    program = f"{sys.executable} -m gateway.sandbox.virtual_card --keys {keys}"
    program += f" --asn {card.state.asn} --state {tmp_path / 'card.json'}"
    words = ["--card-command", program, "--load", topup["id"], "--url", url]

    call_command("card_reader", *words, "--token-file", str(token), stdout=out)

    assert "balance now ¥50.00" in out.getvalue()
    assert citizen.token not in out.getvalue()
    monkeypatch.setenv("GATEWAY_TOKEN", province.citizen().token)
    with pytest.raises(CommandError, match="404"):
        call_command("card_reader", *words, stdout=out)
    assert province.faults() == []


class Quiet(WSGIRequestHandler):
    """A server that keeps its requests to itself."""

    def log_message(self, *_: Any) -> None:
        """Nothing."""


class TornAtCredit:
    """A pipe whose card leaves the field once, just before or after it carried out CREDIT."""

    def __init__(self, pipe: CardPipe, card: VirtualCard, tear: str) -> None:
        self._pipe, self._card, self._tear = pipe, card, tear

    def line(self, text: str) -> str:
        if text.startswith("8052") and self._tear:
            self._card.line(self._tear)
            self._tear = ""
        return self._pipe.line(text)

    def close(self) -> None:
        self._pipe.close()


def walk(citizen: Citizen, pipe: CardPipe, card_no: str) -> Walk:
    api: Any = InProcess(citizen)
    tell = Teller(Console(file=io.StringIO(), width=120))
    return Walk(api=api, card=pipe, card_no=card_no, tell=tell)
