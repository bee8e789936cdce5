"""The console's own tags: the way to each page that this officer may enter."""

from __future__ import annotations

from collections.abc import Iterable

from django import template

from gateway.console import navigation, words
from gateway.console.seats import Seat

register = template.Library()


@register.simple_tag
def nav_of(seat: Seat, here: str) -> list[navigation.Group]:
    """The groups of the navigation as this officer sees them on the page `here`."""
    return navigation.open_to(seat, here)


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
