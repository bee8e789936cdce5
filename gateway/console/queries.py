"""What the console's pages read of other rooms, scoped to the pools of whoever asks."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Protocol, TypeVar
from uuid import UUID

from django.db.models import QuerySet

from accounts import approval_queries, duties, roles
from accounts.errors import ApprovalUnknown
from accounts.models import Approval, Duty
from gateway.console.seats import OVERSEERS, Seat
from gateway.events import queries as event_queries
from gateway.events.queries import Lost
from gateway.payments import keys
from gateway.payments.decisions import deciding, waiting
from gateway.payments.decisions.matters import Dossier as MatterDossier
from gateway.payments.decisions.matters import Matter, SetAside
from gateway.payments.errors import MatterUnknown
from gateway.payments.keys import KeyShown
from gateway.topup import decisions
from nfc_topup import incidents as incident_services
from nfc_topup.dossier import Dossier, WaitingLoad
from nfc_topup.errors import LoadUnknown
from nfc_topup.incidents import IncidentFacts
from nfc_topup.keys import ceremonies, inventory
from nfc_topup.keys.ceremonies import CeremonyRow
from nfc_topup.keys.inventory import KeyRow
from nfc_topup.officer_errors import IncidentUnknown

PAGE = 50
SOON_DAYS = 30
KEYS_AT_WORK = ("active", "outgoing")
DUTY_READERS = frozenset({roles.ADMINISTRATOR, roles.FINANCE_OFFICER, *OVERSEERS})
MONEY_READERS = frozenset({roles.FINANCE_OFFICER, *OVERSEERS})
INCIDENT_READERS = MONEY_READERS | {roles.SECURITY_OFFICER}
KEY_READERS = frozenset({roles.KEY_CUSTODIAN, roles.SECURITY_OFFICER, *OVERSEERS})


class HasPool(Protocol):
    """Whatever belongs to a pool."""

    @property
    def pool(self) -> int:
        """The number of the pool."""
        ...


One = TypeVar("One", bound=HasPool)


def approvals_to_decide(seat: Seat, now: datetime, *, most: int | None = PAGE) -> list[Approval]:
    """The approvals this officer may decide, oldest first."""
    return list(approval_queries.to_decide(seat.person, seat.grants, now)[:most])


def approvals_asked_by(seat: Seat, before: UUID | None) -> list[Approval]:
    """What this officer asked for, newest first, a page and one more."""
    return list(_before(_visible(seat).filter(maker=seat.person), before))


def approvals_all(seat: Seat, before: UUID | None) -> list[Approval]:
    """Every approval this officer may read, newest first, a page and one more."""
    return list(_before(_visible(seat), before))


def approval(seat: Seat, approval_id: UUID) -> Approval:
    """One approval this officer may read; another pool's is ApprovalUnknown."""
    found = _visible(seat).filter(pk=approval_id).first()
    if found is None:
        raise ApprovalUnknown(id=approval_id)
    return found


def may_decide(seat: Seat, asked: Approval, now: datetime) -> bool:
    """Whether this officer may decide it now: open, asked by another, theirs to check."""
    return approval_queries.to_decide(seat.person, seat.grants, now).filter(pk=asked.pk).exists()


def people_of(rows: Iterable[Approval]) -> set[UUID]:
    """Whose names a list of approvals needs."""
    return {one for row in rows for one in (row.maker_id, row.checker_id) if one is not None}


def unclear_loads(seat: Seat, now: datetime) -> list[WaitingLoad]:
    """Loads in doubt within reach, the oldest first."""
    return _within(seat, MONEY_READERS, lambda pool: decisions.waiting(pool, now))


def load(seat: Seat, load_id: UUID) -> Dossier:
    """One load's dossier; another pool's is LoadUnknown."""
    found = decisions.dossier(load_id)
    if not seat.reaches(found.pool, MONEY_READERS):
        raise LoadUnknown(load_id=load_id)
    return found


def incidents(seat: Seat) -> list[IncidentFacts]:
    """Incidents at cards that are not closed, within reach, the oldest first."""
    return _within(seat, INCIDENT_READERS, incident_services.open_ones)


def incident(seat: Seat, incident_id: UUID) -> IncidentFacts:
    """One open incident; another pool's, or one that is closed, is IncidentUnknown."""
    for one in incidents(seat):
        if one.incident_id == incident_id:
            return one
    raise IncidentUnknown(id=incident_id)


def set_aside(seat: Seat, now: datetime) -> list[SetAside]:
    """Money matters that machines set aside, within reach, the oldest first."""
    return _within(seat, MONEY_READERS, lambda pool: deciding.set_aside(pool, now))


def matter(seat: Seat, ref: str) -> MatterDossier:
    """One matter's dossier; another pool's is MatterUnknown."""
    found = deciding.dossier(ref)
    if not seat.reaches(found.item.pool, MONEY_READERS):
        raise MatterUnknown(ref=ref)
    return found


def channel_keys(now: datetime) -> list[KeyShown]:
    """Every channel key with its share of traffic."""
    return keys.shown(now)


def card_keys(now: datetime) -> list[KeyRow]:
    """Every card key there is or was; never a value."""
    return inventory.rows(now)


def open_ceremonies(now: datetime) -> list[CeremonyRow]:
    """The ceremonies under way, the oldest first."""
    return ceremonies.open_ones(now)


def ended_ceremonies(now: datetime) -> list[CeremonyRow]:
    """The last ceremonies that have ended, the newest first."""
    return ceremonies.history(now, limit=PAGE)


def ends_soon(key: KeyRow) -> bool:
    """Whether a key ends within thirty days, or has ended."""
    return key.days_left is not None and key.days_left <= SOON_DAYS


def given_up() -> list[Duty]:
    """Every duty past its schedule."""
    return duties.given_up()


def lost_events() -> list[Lost]:
    """The endpoints that were not told of events although they want them."""
    return event_queries.lost()


def matter_of(owed: Duty) -> str:
    """The money matter that a given-up duty is, for two officers to decide; else nothing."""
    kinds = (*waiting.OF_PAYMENTS, *waiting.OF_REFUNDS, *waiting.OF_NOTICES, *waiting.OF_ACCOUNTS)
    if owed.kind not in kinds:
        return ""
    return waiting.ref_of(Matter.WORK_GIVEN_UP, owed.subject_id, owed.kind)


def _within(
    seat: Seat, wanted: frozenset[str], ask: Callable[[int | None], list[One]]
) -> list[One]:
    """What a room lists, for the pools in which one of these roles is held."""
    mine = seat.pools(wanted)
    if mine is None:
        return ask(None)
    if len(mine) == 1:
        return ask(next(iter(mine)))
    return [one for one in ask(None) if one.pool in mine] if mine else []


def _visible(seat: Seat) -> QuerySet[Approval]:
    return approval_queries.visible_to(seat.person, seat.grants, overseers=OVERSEERS)


def _before(rows: QuerySet[Approval], before: UUID | None) -> QuerySet[Approval]:
    return (rows if before is None else rows.filter(pk__lt=before))[: PAGE + 1]
