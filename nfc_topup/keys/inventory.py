"""密钥清单: every key's name, check value, state, use and end, and how it came in; never a key."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import connection

from nfc_topup.keys.ceremonies import MoveRow, moves_of
from nfc_topup.models import CardKey, KeyCeremony
from nfc_topup.vault.port import KeyRef, Purpose

_USES = """
SELECT 'load', key_index, load_key_version, count(*), 0,
       count(*) FILTER (WHERE state = 'opened'), max(opened_at)
  FROM nfc_topup_load WHERE key_index IS NOT NULL GROUP BY 2, 3
UNION ALL
SELECT 'tac', key_index, tac_key_version, count(*), 0,
       count(*) FILTER (WHERE state = 'opened'), max(opened_at)
  FROM nfc_topup_load WHERE key_index IS NOT NULL GROUP BY 2, 3
UNION ALL
SELECT 'load', l.key_index, s.load_key_version, 0, count(*),
       count(*) FILTER (WHERE l.state IN ('sealed', 'in_doubt')), max(s.sealed_at)
  FROM nfc_topup_loadseal AS s JOIN nfc_topup_load AS l ON l.id = s.load_id
 WHERE l.key_index IS NOT NULL GROUP BY 2, 3
UNION ALL
SELECT 'tac', l.key_index, (t ->> 'version')::integer, 0, 0,
       count(*) FILTER (WHERE l.state IN ('sealed', 'in_doubt')), max(s.sealed_at)
  FROM nfc_topup_loadseal AS s JOIN nfc_topup_load AS l ON l.id = s.load_id,
       jsonb_array_elements(s.tac_keys) AS t
 WHERE l.key_index IS NOT NULL GROUP BY 2, 3
"""


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
    negative after it, None when it has none. `use` counts loads; a transport key has none, and a
    TAC key no seals: TACs are made by cards. `card_byte`: see CardKey.
    """

    id: UUID
    purpose: str
    index: int
    version: int
    algorithm: str
    levels: tuple[str, ...]
    card_byte: int | None
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

    A load counts as begun for the versions that were active when it was opened, as sealed for the
    one that its card had, and without result for whichever of them it still needs: for TAC keys
    that is every one its card may have. Loads whose index is forgotten count for no key.
    """
    found: dict[KeyRef, Use] = {}
    with connection.cursor() as cursor:
        cursor.execute(_USES)
        for purpose, index, version, begun, sealed, unresolved, last_at in cursor.fetchall():
            ref = KeyRef(purpose=Purpose(purpose), index=index, version=version)
            one = Use(begun=begun, sealed=sealed, unresolved=unresolved, last_at=last_at)
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
        card_byte=key.card_byte,
        home=key.home,
        kek_name=key.kek_name,
        state=key.state,
        check_rule=key.check_rule,
        check_value=key.check_value,
        origin=key.origin,
        valid_from=key.valid_from,
        expires_at=key.expires_at,
        days_left=None if key.expires_at is None else (key.expires_at - now).days,
        use=use,
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
