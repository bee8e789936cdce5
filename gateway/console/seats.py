"""Who sits before the console: one officer, their session, and their roles for which pools."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from django.http import HttpRequest

from accounts import roles
from accounts.actors import Actor
from accounts.models import OfficerSession, Person

OFFICERS: Final = frozenset(
    {
        roles.FINANCE_OFFICER,
        roles.AUDITOR,
        roles.SECURITY_OFFICER,
        roles.KEY_CUSTODIAN,
        roles.REGULATOR,
        roles.ADMINISTRATOR,
        roles.KIOSK_OPERATOR,
    }
)
"""The roles with a seat; clerks work elsewhere."""

OVERSEERS: Final = frozenset({roles.AUDITOR, roles.REGULATOR})
"""The roles that read everything of their pools and decide nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Seat:
    """One officer at work. `grants` are the roles in force, each for a pool or (None) for all."""

    session: OfficerSession
    person: Person
    name: str
    grants: tuple[tuple[str, int | None], ...]

    @property
    def actor(self) -> Actor:
        """This officer as the trail knows them."""
        return Actor(kind="officer", id=str(self.person.pk))

    def holds(self, wanted: Iterable[str]) -> bool:
        """Whether any of these roles is held, for whatever pool."""
        return any(role in set(wanted) for role, _ in self.grants)

    def pools(self, wanted: Iterable[str]) -> frozenset[int] | None:
        """The pools for which one of these roles is held; None is the whole province."""
        found = {pool for role, pool in self.grants if role in set(wanted)}
        return None if None in found else frozenset(pool for pool in found if pool is not None)

    def reaches(self, pool: int | None, wanted: Iterable[str]) -> bool:
        """Whether one of these roles is held for this pool; `pool` None is what has no pool."""
        mine = self.pools(wanted)
        return mine is None or pool in mine


class OfficerRequest(HttpRequest):
    """A request that the door has let in; `seat` is who asks."""

    seat: Seat
