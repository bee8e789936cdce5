"""What people type at a ceremony: tokens and components, never shown, never kept as text."""

from __future__ import annotations

import getpass
import re
import warnings
from collections.abc import Callable
from datetime import datetime

from accounts import tokens
from accounts.errors import NotAllowed
from accounts.models import Person
from nfc_topup.keys.errors import TerminalMissing
from nfc_topup.vault.errors import ComponentWrong

Hidden = Callable[[str], str]

_HEX = re.compile(r"(?:[0-9A-Fa-f]{2})+")
_LONGEST = 64


def who(now: datetime, hidden: Hidden | None = None) -> Person:
    """The person at the terminal, by a bearer token of their own typed in; NotAllowed."""
    ask = hidden or _hidden
    holder = tokens.holder_of(ask("个人令牌 / your own token: ").strip(), now)
    if not isinstance(holder, Person):
        raise NotAllowed("nobody's token")
    return holder


def component(hidden: Hidden | None = None) -> bytes:
    """A component typed twice in hex (spaces are for the eye); ComponentWrong."""
    ask = hidden or _hidden
    typed = [
        "".join(ask(prompt).split())
        for prompt in ("密钥分量 / component (hex): ", "再输一次 / once more: ")
    ]
    if typed[0].upper() != typed[1].upper():
        raise ComponentWrong("the two entries differ")
    if not _HEX.fullmatch(typed[0]) or len(typed[0]) > _LONGEST:
        raise ComponentWrong("a component is hex digits")
    return bytes.fromhex(typed[0])


def _hidden(prompt: str) -> str:
    """What is typed at the terminal, not shown; TerminalMissing rather than shown."""
    with warnings.catch_warnings():
        warnings.simplefilter("error", getpass.GetPassWarning)
        try:
            return getpass.getpass(prompt)
        except (getpass.GetPassWarning, EOFError) as shown:
            raise TerminalMissing("run it at a terminal") from shown
