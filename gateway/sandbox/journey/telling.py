"""Tells the journey on a terminal: each step, command, MAC and transfer with its meaning."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from rich.console import Console
from rich.table import Table

from nfc_topup.card import purse, status_words
from nfc_topup.card.errors import CardAnswerUnreadable

INITIALIZE, CREDIT, PROVE = "8050", "8052", "805A"


class Teller:
    """One voice for the whole story."""

    def __init__(self, console: Console) -> None:
        self._console = console

    def heading(self, text: str) -> None:
        """A new chapter."""
        self._console.print(f"\n[bold]{text}[/bold]")

    def say(self, text: str) -> None:
        """One plain sentence."""
        self._console.print(f"  {text}", highlight=False)

    def command(self, apdu: str, meaning: str, answer: str) -> None:
        """One command and the card's answer, with what both mean."""
        self._console.print(f"  [cyan]→ {apdu}[/cyan]  {meaning}", highlight=False)
        self._console.print(
            f"  [green]← {answer}[/green]  {_meaning(apdu, answer)}", highlight=False
        )
        if apdu.startswith(CREDIT):
            self.say(f"   MAC2 {apdu[24:32]}, sealed for {apdu[10:24]}")

    def entries(self, story: Sequence[dict[str, Any]]) -> None:
        """What happened to the money, in order."""
        table = Table("when", "what", "became", "because", box=None, pad_edge=False)
        for entry in story:
            table.add_row(entry["at"][11:19], entry["what"], entry["state"], entry["because"])
        self._console.print(table)

    def transfers(self, rows: Sequence[dict[str, Any]]) -> None:
        """The transfers that the reserve ledger holds."""
        table = Table("act", "code", "debit", "credit", "¥", box=None, pad_edge=False)
        for row in rows:
            table.add_row(
                row["act"], row["code"], row["debit"], row["credit"], yuan(row["amount_fen"])
            )
        self._console.print(table)

    def verdict(self, good: bool, text: str) -> None:
        """The last word."""
        mark, colour = ("✓", "green") if good else ("✗", "red")
        self._console.print(f"[{colour}]{mark} {text}[/{colour}]", highlight=False)


def yuan(fen: int) -> str:
    """An amount of fen as people read it."""
    return f"{fen // 100}.{fen % 100:02d}" if fen >= 0 else f"-{yuan(-fen)}"


def _meaning(apdu: str, answer: str) -> str:
    if len(answer) < 4 or answer == "TORN":
        return "the card lost power: no answer"
    word = status_words.meaning(int(answer[-4:], 16), int(apdu[2:4], 16))
    data = bytes.fromhex(answer[:-4])
    return f"{_values(apdu, data)}{word.en}"


def _values(apdu: str, data: bytes) -> str:
    try:
        if apdu.startswith(INITIALIZE) and data:
            challenge = purse.parse_challenge(data)
            return (
                f"balance {yuan(challenge.balance_raw)}, counter {challenge.counter}, "
                f"random {challenge.card_random.hex().upper()}, "
                f"MAC1 {challenge.mac1.hex().upper()}: "
            )
        if apdu.startswith(CREDIT) and data:
            return f"TAC {purse.parse_tac(data).hex().upper()}: "
        if apdu.startswith(PROVE) and data:
            return f"TAC {purse.parse_proof(data).tac.hex().upper()} from the proof: "
    except CardAnswerUnreadable:
        return "unreadable: "
    return ""
