"""密钥清单: every key's name, check value, state, use and end, and how it came in; never a key."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from django.db.models import Count, Max, Q

from nfc_topup import keyring
from nfc_topup.card.errors import ProfileUnknown
from nfc_topup.keys.ceremonies import MoveRow, moves_of
from nfc_topup.lifecycle import LIVE
from nfc_topup.models import CardKey, KeyCeremony, Load
from nfc_topup.vault.port import KeyRef, Purpose


@dataclass(frozen=True, slots=True, kw_only=True)
class Use:
    """What loads did with one key version: begun, sealed (MAC2 given), without result, last."""

    begun: int = 0
    sealed: int = 0
    unresolved: int = 0
    last_at: datetime | None = None

    def plus(self, other: Use) -> Use:
        """Both together."""
        return Use(
            begun=self.begun + other.begun,
            sealed=self.sealed + other.sealed,
            unresolved=self.unresolved + other.unresolved,
            last_at=max(filter(None, (self.last_at, other.last_at)), default=None),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class CameBy:
    """The ceremony a key came in by: its people by id, and when."""

    ceremony_id: UUID
    way: str
    custodian_ids: tuple[UUID, ...]
    planned_by_id: UUID
    asked_by_id: UUID | None
    approved_by_id: UUID | None
    planned_at: datetime
    ended_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyRow:
    """One key version as it may be shown.

    `home` is `software`, `secrets` or a token's name. `days_left` counts whole days to its end,
    negative after it, None when it has none. `use` counts loads; a transport key has none.
    """

    id: UUID
    purpose: str
    index: int
    version: int
    algorithm: str
    levels: tuple[str, ...]
    home: str
    kek_name: str
    state: str
    check_rule: str
    check_value: str
    origin: str
    valid_from: datetime
    expires_at: datetime | None
    days_left: int | None
    use: Use
    came_by: CameBy | None
    moves: tuple[MoveRow, ...]

    @property
    def expired(self) -> bool:
        """Whether it seals nothing new any more."""
        return self.days_left is not None and self.days_left < 0


def rows(now: datetime) -> list[KeyRow]:
    """Every key there is or was, by purpose, index and version; four questions, however many."""
    found = list(
        CardKey.objects.select_related("ceremony")
        .prefetch_related("ceremony__components")
        .order_by("purpose", "index", "version")
    )
    moves = moves_of(CardKey.TRAIL_KIND, [key.id for key in found])
    used = uses()
    return [_row(key, used.get(key.ref, Use()), moves.get(key.id, ()), now) for key in found]


def uses() -> Mapping[KeyRef, Use]:
    """What loads did with each key version: one question over loads, no counter anywhere.

    Loads whose profile is not there any more count for no key.
    """
    groups = Load.objects.values("profile_name", "load_key_version", "tac_key_version").annotate(
        begun=Count("id"),
        sealed=Count("id", filter=Q(sealed_at__isnull=False)),
        unresolved=Count("id", filter=Q(state__in=LIVE)),
        last_at=Max("opened_at"),
    )
    found: dict[KeyRef, Use] = {}
    for group in groups:
        index = _index_of(group["profile_name"])
        if index is None:
            continue
        one = Use(
            begun=group["begun"],
            sealed=group["sealed"],
            unresolved=group["unresolved"],
            last_at=group["last_at"],
        )
        for purpose, version in (
            (Purpose.LOAD, group["load_key_version"]),
            (Purpose.TAC, group["tac_key_version"]),
        ):
            ref = KeyRef(purpose=purpose, index=index, version=version)
            found[ref] = found.get(ref, Use()).plus(one)
    return found


def _row(key: CardKey, use: Use, moves: tuple[MoveRow, ...], now: datetime) -> KeyRow:
    return KeyRow(
        id=key.id,
        purpose=key.purpose,
        index=key.index,
        version=key.version,
        algorithm=key.algorithm,
        levels=tuple(key.levels),
        home=key.home,
        kek_name=key.kek_name,
        state=key.state,
        check_rule=key.check_rule,
        check_value=key.check_value,
        origin=key.origin,
        valid_from=key.valid_from,
        expires_at=key.expires_at,
        days_left=None if key.expires_at is None else (key.expires_at - now).days,
        # a TAC is made by the card; our seals are made with the load key
        use=use if key.purpose == Purpose.LOAD else replace(use, sealed=0),
        came_by=_came_by(getattr(key, "ceremony", None)),
        moves=moves,
    )


def _came_by(ceremony: KeyCeremony | None) -> CameBy | None:
    if ceremony is None:
        return None
    given = sorted(ceremony.components.all(), key=lambda part: part.number)
    return CameBy(
        ceremony_id=ceremony.id,
        way=ceremony.way,
        custodian_ids=tuple(part.custodian_id for part in given),
        planned_by_id=ceremony.planned_by_id,
        asked_by_id=ceremony.asked_by_id,
        approved_by_id=ceremony.approved_by_id,
        planned_at=ceremony.planned_at,
        ended_at=ceremony.ended_at,
    )


def _index_of(profile_name: str) -> int | None:
    try:
        return keyring.profile_named(profile_name).vault_index
    except ProfileUnknown:
        return None
