"""Plans a key ceremony: what the key will be, how it comes in, and until when."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import Max

from accounts import trail
from accounts.database_errors import constraint_of
from accounts.identifiers import new_id
from accounts.models import Person
from nfc_topup.card.profiles import FACTOR_NAMES, LITERAL_FACTOR
from nfc_topup.keys.custodians import OFFICER, custody_vault, may
from nfc_topup.keys.errors import CeremonyOpenAlready, PlanWrong
from nfc_topup.keys.purposes import RULES
from nfc_topup.lifecycle import SERVING
from nfc_topup.models import CardKey, KeyCeremony
from nfc_topup.models.ceremony import FEWEST_COMPONENTS, MOST_COMPONENTS
from nfc_topup.vault.custody import CHECK_RULES
from nfc_topup.vault.custody_port import CustodyVault, Pair
from nfc_topup.vault.key_blocks import LETTER_OF
from nfc_topup.vault.port import KeyRef, Purpose

LONGEST_CEREMONY = timedelta(days=30)
LONGEST_VALIDITY = timedelta(days=366 * 10)
LARGEST_INDEX = 32_767

_CHECK_VALUE = re.compile(r"[0-9A-F]{6}")
_ONE_OPEN = {
    "nfc_topup_one_open_ceremony_per_purpose_and_index",
    "nfc_topup_ceremony_version_is_planned_once",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What an officer wants brought in. `check_value`: 6 hex digits that the key must come out as.

    `components` of different custodians (2 to 5), or none and `transport` (a transport key's id)
    for a key block, whose head must say `block_usage` (the purpose's own unless told).
    `card_byte` is what cards under this key answer as key version byte, None where nobody knows.
    `export_under` names a transport key: the vault then also makes a key block under it.
    """

    purpose: Purpose
    index: int
    check_value: str
    valid_from: datetime
    expires_at: datetime
    closes_at: datetime
    algorithm: str = "3des"
    check_rule: str = "ecb-zeros"
    levels: tuple[str, ...] = ()
    components: int = 0
    transport: UUID | None = None
    block_usage: str = ""
    export_under: UUID | None = None
    card_byte: int | None = None


def plan(wish: Wish, *, by: Person, now: datetime) -> KeyCeremony:
    """Open a ceremony under the next version, with a fresh pair; by a security officer.

    NotAllowed, PlanWrong (facts: part), CeremonyOpenAlready, and what the vault refuses.
    """
    actor = may(by, OFFICER, "plan", now)
    _unless_wrong(wish, now)
    transport = _transport(wish.transport, "transport", now)
    export_under = _transport(wish.export_under, "export_under", now)
    way = "components" if transport is None else "key_block"
    ceremony_id = new_id(now)
    with custody_vault() as vault:
        pair = Pair(ceremony=ceremony_id, public=b"")
        if way == "components":
            pair = vault.open_pair(ceremony_id)
        try:
            with transaction.atomic():
                ceremony = KeyCeremony.objects.create(
                    id=ceremony_id,
                    purpose=wish.purpose,
                    index=wish.index,
                    version=_next_version(wish, vault),
                    algorithm=wish.algorithm,
                    levels=list(wish.levels),
                    home=vault.home,
                    check_rule=wish.check_rule,
                    check_value=wish.check_value,
                    valid_from=wish.valid_from.replace(microsecond=0),
                    expires_at=wish.expires_at.replace(microsecond=0),
                    way=way,
                    needed=wish.components or 1,
                    transport=transport,
                    block_usage=_usage(wish),
                    export_under=export_under,
                    card_byte=wish.card_byte,
                    pair_public=pair.public,
                    pair_sealed=pair.sealed,
                    planned_by=by,
                    planned_at=now,
                    closes_at=wish.closes_at,
                )
                trail.record(
                    "key_ceremony_planned",
                    actor=actor,
                    now=now,
                    subject=f"key_ceremony:{ceremony_id}",
                    purpose=wish.purpose.value,
                    index=wish.index,
                    version=ceremony.version,
                    check_value=wish.check_value,
                    way=way,
                )
        except IntegrityError as error:
            vault.close_pair(ceremony_id)
            if constraint_of(error) in _ONE_OPEN:
                raise CeremonyOpenAlready(purpose=wish.purpose, index=wish.index) from error
            raise
    return ceremony


def _unless_wrong(wish: Wish, now: datetime) -> None:
    rules = RULES.get(wish.purpose)
    by_block = wish.transport is not None
    sound = {
        "purpose": rules is not None,
        "algorithm": rules is not None and wish.algorithm in rules.algorithms,
        "index": 0 <= wish.index <= LARGEST_INDEX,
        "check_rule": wish.check_rule in CHECK_RULES,
        "check_value": _CHECK_VALUE.fullmatch(wish.check_value) is not None,
        "levels": len(wish.levels) <= 8 and all(_is_level(level) for level in wish.levels),
        "validity": timedelta(0) < wish.expires_at - wish.valid_from <= LONGEST_VALIDITY
        and wish.expires_at > now,
        "closes_at": timedelta(0) < wish.closes_at - now <= LONGEST_CEREMONY,
        "components": wish.components == 0
        if by_block
        else FEWEST_COMPONENTS <= wish.components <= MOST_COMPONENTS,
        "key_block": not by_block or wish.algorithm in LETTER_OF,
        "export_under": wish.export_under is None or (not by_block and wish.algorithm in LETTER_OF),
        "card_byte": wish.card_byte is None
        or (wish.purpose is not Purpose.TRANSPORT and _is_free_byte(wish)),
        "block_usage": not wish.block_usage
        or (by_block and rules is not None and rules.takes_usage(wish.block_usage)),
    }
    wrong = [part for part, is_sound in sound.items() if not is_sound]
    if wrong:
        raise PlanWrong("it cannot be planned so", part=wrong[0])
    if wish.purpose is Purpose.TRANSPORT and wish.levels:
        raise PlanWrong("a transport key has no levels", part="levels")


def _is_free_byte(wish: Wish) -> bool:
    """Whether it is a byte, and cards of no other version that serves answer it."""
    same = CardKey.objects.filter(
        purpose=wish.purpose, index=wish.index, card_byte=wish.card_byte, state__in=SERVING
    )
    return wish.card_byte in range(256) and not same.exists()


def _is_level(level: str) -> bool:
    return level in FACTOR_NAMES or LITERAL_FACTOR.fullmatch(level) is not None


def _usage(wish: Wish) -> str:
    if wish.transport is None:
        return ""
    return wish.block_usage or RULES[wish.purpose].usage


def _transport(key_id: UUID | None, part: str, now: datetime) -> CardKey | None:
    """The active transport key of this id; PlanWrong when it is none, or its time is over."""
    if key_id is None:
        return None
    found = CardKey.objects.filter(pk=key_id, purpose=Purpose.TRANSPORT, state="active").first()
    if found is None or (found.expires_at is not None and found.expires_at <= now):
        raise PlanWrong("it names no active transport key", part=part)
    return found


def _next_version(wish: Wish, vault: CustodyVault) -> int:
    """One more than any version that rows, ceremonies or the vault itself ever had."""
    same = {"purpose": wish.purpose, "index": wish.index}
    ref = KeyRef(purpose=wish.purpose, index=wish.index, version=0)
    newest = [
        model.objects.filter(**same).aggregate(newest=Max("version"))["newest"] or 0
        for model in (CardKey, KeyCeremony)
    ]
    return max(*newest, vault.newest(ref)) + 1
