"""Citizens for tests: signed in with a browser of their own, and a messenger that can be read."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.test import Client

from accounts import clock, sign_ins
from accounts.models import Person, SignIn
from gateway.messages.port import ShortMessage
from gateway.web.door import COOKIE
from tests.accounts.strangers import somebody


@dataclass(frozen=True, slots=True, kw_only=True)
class Signed:
    """A signed-in citizen: the person, the device, its secret, and a test client that has it."""

    person: Person
    sign_in: SignIn
    secret: str
    client: Client


class Pigeon:
    """A provider of messages that remembers what it carried, and fails as it is told."""

    name = "pigeon"

    def __init__(self) -> None:
        self.carried: list[ShortMessage] = []
        self.fails: type[Exception] | None = None

    def send(self, message: ShortMessage, *, now: datetime) -> None:
        self.carried.append(message)
        if self.fails is not None:
            raise self.fails

    @property
    def code(self) -> str:
        return self.carried[-1].filled["code"]


def signed(person: Person | None = None, *, now: datetime | None = None) -> Signed:
    """Somebody new (or this person) on a device of their own, a code just shown."""
    moment = now or clock.now()
    who = person or somebody(moment)
    sign_in, secret = sign_ins.begin(who, label="iPhone · 微信", now=moment)
    client = browser()
    client.cookies[COOKIE] = secret
    return Signed(person=who, sign_in=sign_in, secret=secret, client=client)


def browser(*, checks: bool = False) -> Client:
    """A browser nobody has signed in with."""
    return Client(headers={"Accept": "text/html"}, enforce_csrf_checks=checks)
