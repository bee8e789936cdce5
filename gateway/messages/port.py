"""What a provider of short messages can do for the house, and which one is in use."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from gateway.messages.errors import NoMessenger

SIGN_IN_CODE = "sign_in_code"
ASSIST_CODE = "assist_code"
TEMPLATES: dict[str, tuple[str, ...]] = {SIGN_IN_CODE: ("code",), ASSIST_CODE: ("code",)}
"""Every text the house sends, by name, and what is filled in; providers hold the wording."""


def learn(templates: Mapping[str, tuple[str, ...]]) -> None:
    """Make more texts known; the apps that send them say so when they are ready."""
    TEMPLATES.update(templates)


@dataclass(frozen=True, slots=True, kw_only=True)
class ShortMessage:
    """One message. Phone and what is filled in never appear in `repr`, for codes are secrets."""

    phone: str = field(repr=False)
    template: str
    filled: Mapping[str, str] = field(repr=False)

    def __post_init__(self) -> None:
        if tuple(self.filled) != TEMPLATES[self.template]:
            raise ValueError(f"{self.template} is filled with {TEMPLATES[self.template]}")


class Messenger(Protocol):
    """A provider. It is asked outside of transactions."""

    name: str

    def send(self, message: ShortMessage, *, now: datetime) -> None:
        """Hand it over: MessageRefused when it surely went nowhere, MessageDoubtful otherwise."""


_in_use: dict[str, Messenger] = {}


def employ(messenger: Messenger) -> None:
    """From now on this provider sends; apps say so when they are ready."""
    _in_use["messenger"] = messenger


def in_use() -> Messenger:
    """Who sends; NoMessenger."""
    if not _in_use:
        raise NoMessenger
    return _in_use["messenger"]
