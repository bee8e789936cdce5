"""The console's own tags: the way to each page that this officer may enter."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from django import template
from django.urls import resolve, reverse

from gateway.console import words
from gateway.console.door import Entrance
from gateway.console.seats import Seat

register = template.Library()


@register.simple_tag
def nav_of(seat: Seat) -> list[Mapping[str, object]]:
    """The pages of the navigation whose door is open to this officer, in order."""
    entries: list[Mapping[str, object]] = []
    for name, icon, word, view_name in words.NAVIGATION:
        address = reverse(f"console:{view_name}")
        entrance: Entrance = resolve(address).func.entrance  # type: ignore[attr-defined]
        if entrance.admits(seat):
            entries.append({"name": name, "icon": icon, "word": word, "address": address})
    return entries


@register.filter
def seat_words(seat: Seat) -> str:
    """Roles and pools of an officer in one line."""
    return grant_words(seat.grants)


@register.filter
def grant_words(grants: Iterable[tuple[str, int | None]]) -> str:
    """Roles and pools in one line; being a citizen is no role to speak of here."""
    kept = [(role, pool) for role, pool in grants if role in words.SEATED]
    pools = words.pool_names() if any(pool is not None for _, pool in kept) else {}
    return "、".join(
        f"{words.ROLES.get(role, role)} · {pools.get(pool, pool) if pool else words.PROVINCE}"
        for role, pool in kept
    )
