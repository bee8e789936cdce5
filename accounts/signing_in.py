"""Citizens come in: a code that was sent to their phone is exchanged for a browser or an app."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import transaction

from accounts import app_tokens, people, sign_in_codes, sign_ins, trail
from accounts.app_tokens import Pair
from accounts.citizen_errors import SignInNotPossible
from accounts.models import Person, SignIn


@dataclass(frozen=True, slots=True, kw_only=True)
class Entered:
    """Somebody is in. `secret` is for their browser, told this once."""

    person: Person
    sign_in: SignIn
    secret: str


def by_browser(
    challenge: str,
    guess: str,
    *,
    label: str,
    address: str,
    now: datetime,
    before: SignIn | None = None,
) -> Entered:
    """Sign a browser in, under a new secret; `before` is what it was signed in as, and ends.

    Enrols the number when it is new. Call it outside a transaction. CodeWrong, CodeOver,
    SignInTooOften, SignInNotPossible.
    """
    proven = sign_in_codes.check(challenge, guess, address=address, now=now)
    with transaction.atomic():
        person = _come_in(proven, now)
        sign_in, secret = sign_ins.begin(person, label=label, now=now)
        _told(person, sign_in.pk, now)
        if before is not None:
            sign_ins.end(before, because="signed_in_anew", now=now)
    return Entered(person=person, sign_in=sign_in, secret=secret)


def by_app(challenge: str, guess: str, *, label: str, address: str, now: datetime) -> Pair:
    """Sign an app in; its first pair of tokens. Refuses as `by_browser` does."""
    proven = sign_in_codes.check(challenge, guess, address=address, now=now)
    with transaction.atomic():
        person = _come_in(proven, now)
        sign_in = sign_ins.begin_app(person, label=label, now=now)
        _told(person, sign_in.pk, now)
        return app_tokens.mint(sign_in, now)


def _come_in(proven: sign_in_codes.Proven, now: datetime) -> Person:
    sign_in_codes.use(proven, now)
    person = people.enrol(proven.phone, now)
    if not person.is_active:
        raise SignInNotPossible
    return person


def _told(person: Person, sign_in_id: UUID, now: datetime) -> None:
    trail.record(
        "signed_in",
        actor=sign_ins.citizen(person.pk),
        now=now,
        subject=f"person:{person.pk}",
        sign_in_id=sign_in_id,
    )
