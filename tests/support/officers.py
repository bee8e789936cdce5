"""Officers for tests: seated in no time, with a browser of their own."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import datetime
from functools import cache

from django.contrib.auth.hashers import make_password
from django.test import Client

from accounts import clock, factors, officers, people, sessions, trail
from accounts.actors import SYSTEM
from accounts.models import Officer, Person
from gateway.console.door import COOKIE
from tests.accounts.strangers import somebody

PASSWORD = "a sentence that is long enough"


@dataclass(frozen=True, slots=True, kw_only=True)
class Seated:
    """An active officer: their sign-in, their person, and a test client that is signed in."""

    officer: Officer
    client: Client

    @property
    def person(self) -> Person:
        return self.officer.person

    def code(self, now: datetime | None = None) -> str:
        """The six digits of this moment."""
        return factors.code_at(officers.factor_of(self.officer), now or clock.now())


def seat(*roles: tuple[str, int | None], name: str = "陈静") -> Seated:
    """Somebody new with these roles, each for a pool or (None) for the province, signed in."""
    now = clock.now()
    person = somebody(now)
    for role, pool in roles:
        people.grant(person, role, pool=pool, granted_by=None, now=now)
    login_name = f"o{secrets.token_hex(8)}"
    officers.invite(person, login_name=login_name, name=name, now=now)
    officer = officers.by_login_name(login_name)
    trail.advance(
        officer,
        to="active",
        actor=SYSTEM,
        because="a test needs an officer",
        now=now,
        password=_password(),
        invitation=None,
        invited_until=None,
    )
    client = Client(headers={"Accept": "text/html"})
    client.cookies[COOKIE] = sessions.begin(officer, now)
    return Seated(officer=officer, client=client)


@cache
def _password() -> str:
    return make_password(PASSWORD, hasher="argon2")
