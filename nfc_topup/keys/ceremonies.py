"""What may be shown of key ceremonies: who gave what when and what comes next, never a value."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import QuerySet

from accounts import trail
from nfc_topup.keys.errors import CeremonyUnknown
from nfc_topup.lifecycle import CEREMONY_OPEN
from nfc_topup.models import KeyCeremony

LONGEST_HISTORY = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class GivenRow:
    """That one custodian gave one component, or brought the key block."""

    number: int
    custodian_id: UUID
    check_value: str
    given_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class MoveRow:
    """One move of a ceremony or a key: by whom (kind and id), when and why."""

    to: str
    actor_kind: str
    actor_id: str
    because: str
    moved_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class CeremonyRow:
    """One ceremony as people may see it. `given` of `needed` parts are in; `late` is past its time.

    `next_zh` and `next_en` say in one sentence what is to be done; empty when it has ended.
    """

    id: UUID
    purpose: str
    index: int
    version: int
    algorithm: str
    levels: tuple[str, ...]
    home: str
    check_rule: str
    check_value: str
    valid_from: datetime
    expires_at: datetime
    way: str
    needed: int
    given: tuple[GivenRow, ...]
    state: str
    late: bool
    planned_by_id: UUID
    planned_at: datetime
    closes_at: datetime
    asked_by_id: UUID | None
    approved_by_id: UUID | None
    approval_id: UUID | None
    ended_at: datetime | None
    key_id: UUID | None
    exports: bool
    moves: tuple[MoveRow, ...]
    next_zh: str
    next_en: str

    @property
    def open(self) -> bool:
        """Whether anything may still happen."""
        return self.state in CEREMONY_OPEN


def open_ones(now: datetime) -> list[CeremonyRow]:
    """The ceremonies that still gather or wait for activation, oldest first; three questions."""
    return _rows(KeyCeremony.objects.filter(state__in=CEREMONY_OPEN).order_by("id"), now)


def history(now: datetime, *, limit: int = LONGEST_HISTORY) -> list[CeremonyRow]:
    """The ceremonies that have ended, newest first; three questions."""
    ended = KeyCeremony.objects.exclude(state__in=CEREMONY_OPEN).order_by("-id")
    return _rows(ended[:limit], now)


def get(ceremony_id: UUID, now: datetime) -> CeremonyRow:
    """One ceremony; CeremonyUnknown."""
    found = _rows(KeyCeremony.objects.filter(pk=ceremony_id), now)
    if not found:
        raise CeremonyUnknown(id=ceremony_id)
    return found[0]


def moves_of(kind: str, ids: Iterable[UUID]) -> dict[UUID, tuple[MoveRow, ...]]:
    """Every move of these subjects, oldest first; one question."""
    found: dict[UUID, list[MoveRow]] = {}
    for move in trail.histories((kind, subject) for subject in ids):
        row = MoveRow(
            to=move.to_state,
            actor_kind=move.actor_kind,
            actor_id=move.actor_id,
            because=move.because,
            moved_at=move.moved_at,
        )
        found.setdefault(move.subject_id, []).append(row)
    return {subject: tuple(moves) for subject, moves in found.items()}


def _rows(ceremonies: QuerySet[KeyCeremony], now: datetime) -> list[CeremonyRow]:
    rows = list(ceremonies.prefetch_related("components"))
    moves = moves_of(KeyCeremony.TRAIL_KIND, [row.id for row in rows])
    return [_row(row, moves.get(row.id, ()), now) for row in rows]


def _row(row: KeyCeremony, moves: tuple[MoveRow, ...], now: datetime) -> CeremonyRow:
    given = tuple(
        GivenRow(
            number=part.number,
            custodian_id=part.custodian_id,
            check_value=part.check_value,
            given_at=part.given_at,
        )
        for part in sorted(row.components.all(), key=lambda part: part.number)
    )
    late = row.state in CEREMONY_OPEN and now >= row.closes_at
    next_zh, next_en = _next(row, len(given), late=late)
    return CeremonyRow(
        id=row.id,
        purpose=row.purpose,
        index=row.index,
        version=row.version,
        algorithm=row.algorithm,
        levels=tuple(row.levels),
        home=row.home,
        check_rule=row.check_rule,
        check_value=row.check_value,
        valid_from=row.valid_from,
        expires_at=row.expires_at,
        way=row.way,
        needed=row.needed,
        given=given,
        state=row.state,
        late=late,
        planned_by_id=row.planned_by_id,
        planned_at=row.planned_at,
        closes_at=row.closes_at,
        asked_by_id=row.asked_by_id,
        approved_by_id=row.approved_by_id,
        approval_id=row.approval_id,
        ended_at=row.ended_at,
        key_id=row.key_id,
        exports=row.export_under_id is not None,
        moves=moves,
        next_zh=next_zh,
        next_en=next_en,
    )


def _next(row: KeyCeremony, given: int, *, late: bool) -> tuple[str, str]:
    if row.state not in CEREMONY_OPEN:
        return "", ""
    if late:
        return "已过期限,将作废并清除。", "It is past its time and will be ended and erased."
    if row.state == "brought":
        if row.approval_id is None:
            return "密钥已入库,待申请启用。", "The key is in; its activation is to be asked for."
        return "已申请启用,待第二人复核。", "Its activation waits for a second officer."
    missing = row.needed - given
    if row.way == "key_block":
        return "待保管员导入密钥块。", "A custodian is to bring the key block in."
    if missing == 0:
        return "分量已齐,待合成。", "All components are in; they are to be combined."
    return f"还差 {missing} 个分量,由不同保管员输入。", (
        f"{missing} more component(s) by other custodians are missing."
    )
