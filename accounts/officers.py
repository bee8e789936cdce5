"""Officers: invited by an administrator, enrolled once, signed in by a password and a code."""

from __future__ import annotations

import hashlib
import re
import secrets as dice
from collections.abc import Iterable
from datetime import datetime, timedelta
from uuid import UUID

from django.contrib.auth.hashers import check_password, make_password
from django.contrib.auth.password_validation import (
    CommonPasswordValidator,
    MinimumLengthValidator,
    NumericPasswordValidator,
)
from django.core.exceptions import ValidationError
from django.db import transaction

from accounts import budgets, factors, sessions, trail
from accounts.actors import SYSTEM, Actor
from accounts.identifiers import new_id
from accounts.models import Officer, OfficerSession, Person, RecoveryCode
from accounts.officer_errors import (
    CodeNotAccepted,
    InvitationNotValid,
    LoginNameNotUsable,
    OfficerUnknown,
    PasswordNotStrong,
    SignInPaused,
    SignInRefused,
)

INVITED_FOR = timedelta(hours=24)
TRIES = 5
TRIES_FROM_ONE_ADDRESS = 30
WINDOW = timedelta(minutes=15)
SHORTEST_PASSWORD = 12
_LOGIN_NAME = re.compile(r"[a-z][a-z0-9.-]{2,31}")
_RULES = (
    MinimumLengthValidator(SHORTEST_PASSWORD),
    CommonPasswordValidator(),
    NumericPasswordValidator(),
)
_LONGEST_PASSWORD = 256


def invite(
    person: Person, *, login_name: str, name: str, now: datetime, by: Officer | None = None
) -> str:
    """Make or renew an officer's sign-in; the secret of the one-time link, good for 24 hours.

    An officer who has one already loses password, factor, recovery codes and sessions by it.
    `by` None is the command line. LoginNameNotUsable.
    """
    if not _LOGIN_NAME.fullmatch(login_name):
        raise LoginNameNotUsable
    others = Officer.objects.filter(login_name=login_name).exclude(person=person)
    if others.exists():
        raise LoginNameNotUsable
    link = dice.token_urlsafe(32)
    actor = SYSTEM if by is None else actor_of(by)
    with transaction.atomic():
        officer = Officer.objects.select_for_update().filter(person=person).first()
        fresh = _invitation(link, now)
        if officer is None:
            own_id = new_id(now)
            sealed, key = factors.seal(factors.new_secret(), own_id)
            officer = Officer.objects.create(
                id=own_id,
                person=person,
                login_name=login_name,
                name=name,
                factor_sealed=sealed,
                factor_key=key,
                made_at=now,
                **fresh,
            )
        else:
            sealed, key = factors.seal(factors.new_secret(), officer.id)
            fresh |= {"factor_sealed": sealed, "factor_key": key, "code_step": 0}
            trail.advance(
                officer, to="invited", actor=actor, because="invited anew", now=now, **fresh
            )
            RecoveryCode.objects.filter(officer=officer, ended_at=None).update(ended_at=now)
            sessions.end_all(officer, now)
        trail.record("officer_invited", actor=actor, now=now, subject=f"officer:{officer.pk}")
    return link


def invited(link: str, now: datetime) -> Officer:
    """The officer whose one-time link this is; InvitationNotValid."""
    digest = hashlib.sha256(link.encode()).digest()
    found = Officer.objects.filter(invitation=digest, state="invited", invited_until__gt=now)
    officer = found.select_related("person").first()
    if officer is None:
        raise InvitationNotValid
    return officer


def factor_of(officer: Officer) -> bytes:
    """The secret of an officer's second factor: for the page of the one-time link alone."""
    return factors.unseal(bytes(officer.factor_sealed), officer.factor_key, officer.id)


def enrol(link: str, *, password: str, code: str, now: datetime) -> list[str]:
    """The invited officer chooses a password and proves the factor; the recovery codes, told once.

    InvitationNotValid, PasswordNotStrong, CodeNotAccepted, SignInPaused. Ends the link.
    """
    officer = invited(link, now)
    if not budgets.spend(f"enrol:{officer.pk}", limit=TRIES, window=WINDOW, now=now):
        raise SignInPaused
    _strong(password, officer)
    step = factors.step_of(factor_of(officer), code, now)
    if step is None:
        raise CodeNotAccepted
    kept = {"password": make_password(password, hasher="argon2"), "code_step": step}
    codes = factors.new_recovery_codes()
    with transaction.atomic():
        trail.advance(
            officer,
            to="active",
            actor=actor_of(officer),
            because="password chosen and factor proved",
            now=now,
            invitation=None,
            invited_until=None,
            **kept,
        )
        RecoveryCode.objects.bulk_create(
            RecoveryCode(officer=officer, digest=factors.digest_of(one, officer.id))
            for one in codes
        )
    return codes


def sign_in(login_name: str, password: str, code: str, *, address: str, now: datetime) -> str:
    """The secret of a new session, for a password and a code: six digits or a recovery code.

    Tries are burned first, per name and per address, and
    alike for names nobody has. SignInRefused, SignInPaused; each is a security event.
    """
    name = login_name.strip().lower()
    own_budget = budgets.blind("sign-in", name)
    paused = not budgets.spend(own_budget, limit=TRIES, window=WINDOW, now=now)
    from_here = budgets.blind("sign-in-from", address)
    if not budgets.spend(from_here, limit=TRIES_FROM_ONE_ADDRESS, window=WINDOW, now=now):
        paused = True
    active = Officer.objects.filter(login_name=name, state="active", person__is_active=True)
    officer = active.select_related("person").first()
    actor = SYSTEM if officer is None else actor_of(officer)
    subject = "" if officer is None else f"officer:{officer.pk}"
    if paused:
        trail.alarm("sign_in_paused", actor=actor, now=now, subject=subject)
        raise SignInPaused
    right = check_password(password, officer.password if officer else _nobodys_password())
    if officer is None or not right or not _spend_code(officer, code, now):
        trail.alarm("sign_in_refused", actor=actor, now=now, subject=subject)
        raise SignInRefused
    budgets.refill(own_budget)
    with transaction.atomic():
        secret = sessions.begin(officer, now)
        trail.record("signed_in", actor=actor, now=now, subject=subject)
    return secret


def confirm(session: OfficerSession, code: str, now: datetime) -> str:
    """The second factor again, before money or keys: the session's new secret.

    CodeNotAccepted, SignInPaused; the budget is that of signing in.
    """
    officer = session.officer
    budget = budgets.blind("sign-in", officer.login_name)
    if not budgets.spend(budget, limit=TRIES, window=WINDOW, now=now):
        trail.alarm("sign_in_paused", actor=actor_of(officer), now=now)
        raise SignInPaused
    if not _spend_code(officer, code, now):
        trail.alarm("code_refused", actor=actor_of(officer), now=now)
        raise CodeNotAccepted
    budgets.refill(budget)
    with transaction.atomic():
        secret = sessions.rotate(session, now)
        trail.record(
            "factor_shown", actor=actor_of(officer), now=now, subject=f"officer:{officer.pk}"
        )
    return secret


def suspend(officer: Officer, *, because: str, now: datetime, by: Officer | None = None) -> None:
    """The officer may sign in no more, and every session ends; only a new invitation heals it."""
    actor = SYSTEM if by is None else actor_of(by)
    with transaction.atomic():
        trail.advance(
            officer,
            to="suspended",
            actor=actor,
            because=because,
            now=now,
            invitation=None,
            invited_until=None,
        )
        sessions.end_all(officer, now)


def by_login_name(login_name: str) -> Officer:
    """The officer of this login name; OfficerUnknown."""
    found = Officer.objects.select_related("person").filter(login_name=login_name).first()
    if found is None:
        raise OfficerUnknown
    return found


def names_of(person_ids: Iterable[UUID | str]) -> dict[str, str]:
    """What colleagues are called, by the text of their person's id; strangers are left out."""
    wanted = {str(one) for one in person_ids}
    rows = Officer.objects.filter(person_id__in=[UUID(one) for one in wanted if _is_uuid(one)])
    return {str(person): name for person, name in rows.values_list("person_id", "name")}


def actor_of(officer: Officer) -> Actor:
    """An officer as the trail knows them: by the person."""
    return Actor(kind="officer", id=str(officer.person_id))


def _spend_code(officer: Officer, code: str, now: datetime) -> bool:
    """Whether the code is right and was not used before; it is used from now on."""
    plain = code.strip().replace(" ", "")
    if len(plain) == factors.DIGITS and plain.isascii() and plain.isdigit():
        step = factors.step_of(factor_of(officer), plain, now)
        rows = Officer.objects.filter(pk=officer.pk, code_step__lt=step or 0)
        return step is not None and rows.update(code_step=step) == 1
    digest = factors.digest_of(plain, officer.id)
    codes = RecoveryCode.objects.filter(officer=officer, digest=digest, ended_at=None)
    return codes.update(ended_at=now) == 1


def _strong(password: str, officer: Officer) -> None:
    if len(password) > _LONGEST_PASSWORD or officer.login_name in password.lower():
        raise PasswordNotStrong
    for rule in _RULES:
        try:
            rule.validate(password)
        except ValidationError:
            raise PasswordNotStrong from None


def _invitation(link: str, now: datetime) -> dict[str, object]:
    return {
        "password": make_password(None),
        "invitation": hashlib.sha256(link.encode()).digest(),
        "invited_until": now + INVITED_FOR,
    }


_NOBODY: list[str] = []


def _nobodys_password() -> str:
    """A real hash that nothing opens, so that a name nobody has takes as long as one that is."""
    if not _NOBODY:
        _NOBODY.append(make_password(dice.token_urlsafe(32), hasher="argon2"))
    return _NOBODY[0]


def _is_uuid(text: str) -> bool:
    return bool(re.fullmatch(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", text))
