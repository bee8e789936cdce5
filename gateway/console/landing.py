"""The first page of an officer: that of their one kind of work, else what waits for them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from django.urls import reverse

from accounts import roles
from gateway.console.seats import Seat

HOME: Final = "home"
OWN: Final[Mapping[str, str]] = {
    roles.CLERK: "assist",
    roles.KIOSK_OPERATOR: "kiosks",
    roles.KEY_CUSTODIAN: "keys",
    roles.REGULATOR: "custody",
}
"""Roles whose work begins on a page of its own, and which."""


def first_page(seat: Seat) -> str:
    """Where this officer begins; who also has work of another kind begins at what waits."""
    held = {role for role, _ in seat.grants if role != roles.CITIZEN}
    pages = [page for role, page in OWN.items() if role in held]
    name = pages[0] if pages and held <= set(OWN) else HOME
    return reverse(f"console:{name}")
