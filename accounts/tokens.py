"""Bearer tokens of people, kiosks and partner banks; only their digests are kept."""

from __future__ import annotations

import hashlib
import re
import secrets
from datetime import date, datetime

from accounts.clock import business_day
from accounts.errors import TokenOwnerMissing, TokenPeriodWrong
from accounts.identifiers import new_id
from accounts.models import BearerToken, Kiosk, PartnerBank, Person

_OWNER_OF = {"ctz": "person", "kio": "kiosk", "bnk": "partner"}
_TOKEN = re.compile(r"(ctz|kio|bnk)_[A-Za-z0-9_-]{43}")


def mint(
    owner: Person | Kiosk | PartnerBank | None = None,
    *,
    person: Person | None = None,
    kiosk: Kiosk | None = None,
    partner: PartnerBank | None = None,
    label: str,
    now: datetime,
    expires_at: datetime,
) -> str:
    """A new token of 256 random bits for its one owner, told this once and never again.

    Its beginning names the kind of owner: `ctz_` a person, `kio_` a kiosk, `bnk_` a partner bank.
    TokenOwnerMissing, TokenPeriodWrong.
    """
    owners = [one for one in (owner, person, kiosk, partner) if one is not None]
    if len(owners) != 1:
        raise TokenOwnerMissing(owners=len(owners))
    if expires_at <= now:
        raise TokenPeriodWrong(expires_at=expires_at.isoformat())
    column, prefix = _kind(owners[0])
    token = f"{prefix}_{secrets.token_urlsafe(32)}"
    BearerToken.objects.create(
        id=new_id(now),
        digest=_digest(token),
        label=label,
        minted_at=now,
        expires_at=expires_at,
        **{column: owners[0]},
    )
    return token


def holder_of(token: str, now: datetime) -> Person | Kiosk | PartnerBank | None:
    """Who carries this token; None when it is unknown, expired or revoked, or its owner inactive.

    Found by the digest of the whole token, so that no comparison tells how near a guess was.
    Keeps the (Shanghai) day of its last use.
    """
    shape = _TOKEN.fullmatch(token)
    if shape is None:
        return None
    rows = BearerToken.objects.select_related(_OWNER_OF[shape[1]])
    found = rows.filter(digest=_digest(token), revoked_at__isnull=True, expires_at__gt=now).first()
    if found is None:
        return None
    holder = _active_holder(found)
    if holder is not None:
        _used(found, business_day(now))
    return holder


def revoke(token: str, now: datetime) -> None:
    """End a token at once; one that is unknown or has ended stays as it is."""
    BearerToken.objects.filter(digest=_digest(token), revoked_at__isnull=True).update(
        revoked_at=now
    )


def revoke_all(owner: Person | Kiosk | PartnerBank, now: datetime) -> int:
    """End every token of this owner at once; how many there were."""
    column, _ = _kind(owner)
    return BearerToken.objects.filter(**{column: owner}, revoked_at__isnull=True).update(
        revoked_at=now
    )


def _active_holder(token: BearerToken) -> Person | Kiosk | PartnerBank | None:
    if token.person is not None:
        return token.person if token.person.is_active else None
    if token.kiosk is not None:
        return token.kiosk if token.kiosk.state == "in_service" else None
    if token.partner is not None:
        return token.partner if token.partner.state == "active" else None
    return None


def _used(token: BearerToken, day: date) -> None:
    if token.last_used_day is None or token.last_used_day < day:
        BearerToken.objects.filter(pk=token.pk).update(last_used_day=day)


def _kind(owner: Person | Kiosk | PartnerBank) -> tuple[str, str]:
    prefix = {Person: "ctz", Kiosk: "kio", PartnerBank: "bnk"}[type(owner)]
    return _OWNER_OF[prefix], prefix


def _digest(token: str) -> bytes:
    return hashlib.sha256(token.encode()).digest()
