"""What custody's pages read through its rooms' services, for the pools of whoever asks."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date, datetime, timedelta
from uuid import UUID

from django.http import Http404

from accounts import roles
from accounts.clock import business_day, start_of_day
from accounts.errors import DomainError
from gateway.console.queries import MONEY_READERS
from gateway.console.seats import Seat
from nfc_topup.dossier import WaitingLoad
from reserve_funds.custody.bank import queries as bank
from reserve_funds.custody.bank.errors import OutflowUnknown
from reserve_funds.custody.bank.matters import UNCLEAR_CASE
from reserve_funds.custody.bank.models import Instruction, OutflowRequest
from reserve_funds.custody.cases import queries as cases
from reserve_funds.custody.cases.models import Case
from reserve_funds.custody.coverage import figures
from reserve_funds.custody.coverage import queries as coverage
from reserve_funds.custody.coverage.models import Mark
from reserve_funds.custody.coverage.values import Coverage
from reserve_funds.custody.errors import DifferenceUnknown
from reserve_funds.custody.matching import queries as matching
from reserve_funds.custody.matching.queries import Told, Waiting
from reserve_funds.custody.placements.errors import PlacementUnknown
from reserve_funds.custody.placements.models import Placement, PlacementReturn
from reserve_funds.ledger import listing, sealing
from reserve_funds.ledger.values import Ref

MAKERS = frozenset({roles.FINANCE_OFFICER})
READERS = MONEY_READERS
PAGE = 50
MOST_CASES = 200
THE_BANKS_OWN = frozenset({"bank_reserve", "bank_out_in_transit", "own_bank", "placement"})
"""What banks do is not offered to be reversed; the service refuses it in any case."""
TREND = timedelta(days=7)


def pools_of(seat: Seat) -> frozenset[int] | None:
    """The pools this officer sees; None: the whole province."""
    return seat.pools(READERS)


def pools_with_a_book(seat: Seat) -> list[int]:
    """The pools within reach that were ever opened."""
    mine = pools_of(seat)
    return [one for one in sealing.pools() if mine is None or one in mine]


def require(seat: Seat, pool: int) -> None:
    """A pool that is not theirs is not there."""
    if not seat.reaches(pool, READERS):
        raise Http404


def coverages(seat: Seat) -> list[Coverage]:
    """The coverage of each pool within reach, the shortest first."""
    mine = pools_of(seat)
    if mine is not None and len(mine) == 1:
        told = [figures.of(next(iter(mine)))]
    else:
        told = [one for one in figures.everywhere().values() if mine is None or one.pool in mine]
    told = [one for one in told if one.held or one.owed or one.cover_due]
    return sorted(told, key=lambda one: (-one.shortfall_fen, -one.cover_due_fen, one.pool))


def trends(seat: Seat, now: datetime) -> Mapping[int, list[Mark]]:
    """How coverage went in the last days, pool by pool."""
    return coverage.trends(pools_of(seat), now - TREND)


def owed_since(pool: int, day: date) -> list[Mark]:
    """What was owed and held hour by hour since that day began; oldest first."""
    return coverage.trends([pool], start_of_day(day)).get(pool, [])


def open_cases(seat: Seat, pool: int | None = None) -> list[Case]:
    """Open cases within reach, the nearest deadline first; those of no pool for the province."""
    mine = pools_of(seat)
    one = pool if pool is not None else next(iter(mine)) if mine and len(mine) == 1 else None
    return [case for case in cases.open_of(one) if mine is None or case.pool in mine]


def doubts(found: list[WaitingLoad]) -> dict[int, tuple[int, int]]:
    """How many loads are in doubt and what they come to, by pool."""
    told: dict[int, tuple[int, int]] = {}
    for one in found:
        count, fen = told.get(one.pool, (0, 0))
        told[one.pool] = (count + 1, fen + one.amount_fen)
    return told


def account(seat: Seat, pool: int, account_id: UUID) -> Ref:
    """An account of a pool within reach."""
    require(seat, pool)
    found = listing.account_of(pool, account_id)
    if found is None:
        raise Http404
    return found


def difference(seat: Seat, difference_id: UUID, now: datetime) -> Told:
    """One difference; another pool's is DifferenceUnknown."""
    found = matching.difference(difference_id, now=now)
    if not seat.reaches(found.pool, READERS):
        raise DifferenceUnknown(id=difference_id)
    return found


def waiting_lines(seat: Seat) -> list[Waiting]:
    """Lines without a partner by relation, pool, day and side, within reach."""
    mine = pools_of(seat)
    one = next(iter(mine)) if mine and len(mine) == 1 else None
    return [row for row in matching.waiting(one) if mine is None or row.pool in mine]


def outflow(seat: Seat, request_id: UUID) -> OutflowRequest:
    """One request of an outflow; another pool's is OutflowUnknown."""
    found = bank.request(request_id)
    if not seat.reaches(found.pool, READERS):
        raise OutflowUnknown(id=str(request_id))
    return found


def placements(
    seat: Seat, *, before: UUID | None = None, pool: int | None = None
) -> list[Placement]:
    """Placements within reach, newest first, a page and one more."""
    mine = pools_of(seat) if pool is None else {pool}
    rows = Placement.objects.select_related("account__bank").order_by("-id")
    rows = rows if mine is None else rows.filter(pool__in=mine)
    rows = rows if before is None else rows.filter(pk__lt=before)
    return list(rows[: PAGE + 1])


def placement(seat: Seat, placement_id: UUID) -> tuple[Placement, Instruction | None]:
    """One placement and the instruction that carries it; another pool's is PlacementUnknown."""
    rows = Placement.objects.select_related("account__bank")
    found = rows.filter(pk=placement_id).first()
    if found is None or not seat.reaches(found.pool, READERS):
        raise PlacementUnknown(id=str(placement_id))
    carried = Instruction.objects.filter(source_kind="placement", source_owner=str(found.pk))
    return found, carried.first()


def may_call_off(seat: Seat, waits: PlacementReturn | None) -> bool:
    """Whether this officer may give up this return: one that was allowed, in their pool."""
    return waits is not None and waits.state == "approved" and may_ask(seat, waits.pool)


def making_pools(seat: Seat) -> frozenset[int] | None:
    """The pools for which this officer may ask; None: every pool."""
    return seat.pools(MAKERS)


def may_ask(seat: Seat, pool: int) -> bool:
    """Whether this officer may ask for something in this pool."""
    return seat.reaches(pool, MAKERS)


def age_of(owner: str, now: datetime) -> int | None:
    """The days since the day that an owner `channel:2026-11-22` names; None when it names none."""
    day = owner.rpartition(":")[2]
    try:
        return (business_day(now) - datetime.fromisoformat(day).date()).days
    except ValueError:
        return None


def unclear(seat: Seat) -> list[bank.Unclear]:
    """Entries in suspense within reach, oldest first: those with an open case."""
    prefix = "bank_entry:"
    ids = [
        UUID(case.subject.removeprefix(prefix))
        for case in open_cases(seat)
        if case.kind == UNCLEAR_CASE and case.subject.startswith(prefix)
    ]
    return bank.unclear(ids[:MOST_CASES])


def error_of(code: str) -> type[DomainError] | None:
    """The error of this code, for its words; None when none has it."""
    found = (one for one in _errors(DomainError) if getattr(one, "code", "") == code)
    return next(found, None) if code else None


def _errors(of: type[DomainError]) -> Iterator[type[DomainError]]:
    for one in of.__subclasses__():
        yield one
        yield from _errors(one)
