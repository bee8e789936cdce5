"""One-time codes for phones: asked for within budgets, compared at most five times, used once."""

from __future__ import annotations

import hashlib
import hmac
import os
import secrets as dice
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import connection

from accounts import budgets, phones, secrets, trail
from accounts.actors import SYSTEM
from accounts.citizen_errors import CodeOver, CodesSpent, CodeTooSoon, CodeWrong, SignInTooOften
from accounts.identifiers import new_id
from accounts.models import SignInCode
from accounts.models.citizen import COMPARES

DIGITS = 6
GOOD_FOR = timedelta(minutes=5)
KEY = "sign-in-code"
_DAY, _HOUR, _MINUTE = timedelta(days=1), timedelta(hours=1), timedelta(minutes=1)
_PER_PHONE_AND_DAY = 10
_PER_ADDRESS_AND_HOUR = 30
_GUESSES_PER_ADDRESS = 60
_GUESS_WINDOW = timedelta(minutes=15)

_BURN = """
UPDATE accounts_signincode SET compares = compares + 1
WHERE challenge = %(challenge)s AND compares < %(most)s
  AND used_at IS NULL AND expires_at > %(now)s
RETURNING id, digest, compares, phone_sealed, phone_key
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A code to be sent. `challenge` is for who asked, `code` for the phone and nobody else."""

    challenge: str
    phone: str
    code: str
    expires_at: datetime
    again_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Proven:
    """Somebody holds this number; good once, by `use`."""

    code_id: UUID
    phone: str


def ask(phone: str, *, address: str, now: datetime) -> Asked:
    """A new code for this number; alike for numbers that are known here and that are not.

    The caller sends it, outside any transaction. PhoneNotUnderstood, CodeTooSoon (one a minute),
    CodesSpent (ten a day for a number, thirty an hour from an address, so many a minute in all).
    """
    number = phones.understand(phone)
    _spend_budgets(phones.index(number).hex(), address, now)
    own_id, challenge = new_id(now), dice.token_urlsafe(32)
    code = f"{dice.randbelow(10**DIGITS):0{DIGITS}d}"
    sealed = phones.seal(number, own_id)
    SignInCode.objects.create(
        id=own_id,
        challenge=_hidden(challenge),
        phone_sealed=sealed.sealed,
        phone_key=sealed.key_name,
        digest=_digest(own_id, code),
        sent_at=now,
        expires_at=now + GOOD_FOR,
    )
    return Asked(
        challenge=challenge,
        phone=number,
        code=code,
        expires_at=now + GOOD_FOR,
        again_at=now + _MINUTE,
    )


def check(challenge: str, guess: str, *, address: str, now: datetime) -> Proven:
    """Who holds the phone, when `guess` is the code of this challenge.

    One compare is burned by one statement before anything is looked at, so any number of guesses
    at once compare five times at most. Call it outside a transaction, or a failure gives the
    compare back. CodeWrong (tells how many are left), CodeOver, SignInTooOften.
    """
    from_here = budgets.blind("code-from", address)
    if not budgets.spend(from_here, limit=_GUESSES_PER_ADDRESS, window=_GUESS_WINDOW, now=now):
        trail.alarm("signin_too_often", actor=SYSTEM, now=now)
        raise SignInTooOften
    burned = _burn(_hidden(challenge), now)
    if burned is None:
        raise CodeOver
    code_id, digest, compares, sealed, key_name = burned
    if not _same(bytes(digest), _digest(code_id, guess.strip().replace(" ", ""))):
        if compares >= COMPARES:
            trail.alarm("signin_code_exhausted", actor=SYSTEM, now=now, subject=f"code:{code_id}")
        raise CodeWrong(left=COMPARES - compares)
    return Proven(code_id=code_id, phone=phones.unseal(bytes(sealed), key_name, code_id))


def use(proven: Proven, now: datetime) -> None:
    """The code works no more, in the caller's transaction; of two who are right one wins: CodeOver.

    The number leaves the row together with it.
    """
    rows = SignInCode.objects.filter(pk=proven.code_id, used_at__isnull=True)
    if not rows.update(used_at=now, phone_sealed=b"", phone_key=""):
        raise CodeOver


def masked_phone(challenge: str, now: datetime) -> str:
    """The number a living challenge was sent to, as `138****0984`; CodeOver."""
    return phones.mask_phone(_phone_of(challenge, now))


def ask_again(challenge: str, *, address: str, now: datetime) -> Asked:
    """A new code, under a new challenge, for the number of a living one; refuses as `ask` does."""
    return ask(_phone_of(challenge, now), address=address, now=now)


def forget(before: datetime) -> int:
    """Drop the codes sent before this moment; how many there were."""
    return SignInCode.objects.filter(sent_at__lt=before).delete()[0]


def _spend_budgets(phone: str, address: str, now: datetime) -> None:
    if not budgets.spend(f"code:{phone}", limit=1, window=_MINUTE, now=now):
        raise CodeTooSoon(wait_seconds=budgets.wait_seconds(f"code:{phone}", _MINUTE, now))
    whole = int(os.environ.get("SIGN_IN_CODES_PER_MINUTE") or 600)
    for name, limit, window in (
        (f"codes:{phone}", _PER_PHONE_AND_DAY, _DAY),
        (budgets.blind("codes-from", address), _PER_ADDRESS_AND_HOUR, _HOUR),
        ("codes-of-all", whole, _MINUTE),
    ):
        if not budgets.spend(name, limit=limit, window=window, now=now):
            trail.alarm("signin_codes_spent", actor=SYSTEM, now=now, budget=name.split(":")[0])
            raise CodesSpent(wait_seconds=budgets.wait_seconds(name, window, now))


def _phone_of(challenge: str, now: datetime) -> str:
    rows = SignInCode.objects.filter(used_at__isnull=True, expires_at__gt=now)
    found = rows.filter(challenge=_hidden(challenge)).first()
    if found is None:
        raise CodeOver
    return phones.unseal(bytes(found.phone_sealed), found.phone_key, found.pk)


def _burn(challenge: bytes, now: datetime) -> tuple[Any, ...] | None:
    with connection.cursor() as cursor:
        given: dict[str, Any] = {"challenge": challenge, "most": COMPARES, "now": now}
        cursor.execute(_BURN, given)
        row: tuple[Any, ...] | None = cursor.fetchone()
    return row


def _same(kept: bytes, said: bytes) -> bool:
    return hmac.compare_digest(kept, said)


def _digest(code_id: UUID, code: str) -> bytes:
    return hmac.digest(secrets.read_key(KEY), code_id.bytes + code.encode(), hashlib.sha256)


def _hidden(challenge: str) -> bytes:
    return hashlib.sha256(challenge.encode()).digest()
