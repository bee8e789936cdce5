"""I14 between pools: what one owes mirrors what the other is owed, less what is on its way."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db.models import Q

from accounts import duties
from accounts.identifiers import derive
from reserve_funds.custody.bank.models import Reading
from reserve_funds.custody.bridges import legs, services
from reserve_funds.custody.bridges.models import NETTING, ON_ITS_WAY, SETTLEMENT, Crossing
from reserve_funds.ledger import queries
from reserve_funds.ledger.values import Ref
from reserve_funds.refs import account

# A crossing that arrived longer than this before a moment was whole at that moment.
_LONGEST_BETWEEN_CLOCKS = timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Mirror:
    """What `debtor` has of its debt to `creditor`, what `creditor` has of it, and why they differ.

    `on_its_way` are the crossings with one leg only; without them the two are equal.
    """

    debtor: int
    creditor: int
    due_to_fen: int
    due_from_fen: int
    on_its_way: tuple[Crossing, ...]
    on_its_way_fen: int

    @property
    def unexplained_fen(self) -> int:
        """Zero, or a mirror is broken."""
        return self.due_from_fen - self.due_to_fen - self.on_its_way_fen


def mirrors(pool: int, at: datetime | None = None) -> list[Mirror]:
    """Both directions of every pair of this pool, now or as the books knew them at `at`."""
    others = {
        one if one != pool else other for one, other in services.pairs() if pool in (one, other)
    }
    return [
        told
        for other in sorted(others | queries.pools_across(pool))
        for told in (mirror(pool, other, at), mirror(other, pool, at))
    ]


def mirror(debtor: int, creditor: int, at: datetime | None = None) -> Mirror:
    """One direction of one pair."""
    waiting = _on_their_way(debtor, creditor, at)
    return Mirror(
        debtor=debtor,
        creditor=creditor,
        due_to_fen=_balance(debtor, account("pool_due_to", creditor), at),
        due_from_fen=_balance(creditor, account("pool_due_from", debtor), at),
        on_its_way=waiting,
        on_its_way_fen=sum(_effect(each, debtor) for each in waiting),
    )


def under_way(pairs: Collection[UUID]) -> dict[UUID, int]:
    """Of these pairs (`cross_id`): whose far leg the outbox still carries, each with its fen.

    A leg whose duty was given up is carried by nobody any more.
    """
    gone = dropped()
    waiting = Crossing.objects.filter(state=ON_ITS_WAY)
    return {
        legs.pair_of(each): each.amount_fen
        for each in waiting
        if legs.pair_of(each) in pairs and each.id not in gone
    }


def dropped() -> set[UUID]:
    """Crossings whose far leg nobody carries any more; a settlement's is the bank's to carry."""
    given_up = [each.subject_id for each in duties.given_up() if each.kind == services.CARRY]
    rows = Crossing.objects.filter(pk__in=given_up, state=ON_ITS_WAY).exclude(kind=SETTLEMENT)
    return set(rows.values_list("pk", flat=True))


def receipts(crossing_ids: Iterable[UUID]) -> dict[UUID, UUID]:
    """Of settlements: the bank entry that was read as the money's arrival."""
    wanted = [str(each) for each in crossing_ids]
    rows = Reading.objects.filter(facts__crossing__in=wanted)
    return {UUID(row.facts["crossing"]): row.entry_id for row in rows}


def _effect(crossing: Crossing, debtor: int) -> int:
    """What one leg alone makes of `due_from - due_to` of this direction."""
    began_here = crossing.from_pool == debtor
    if crossing.kind == NETTING:
        return crossing.amount_fen if began_here else -crossing.amount_fen
    if not began_here:
        return 0
    return crossing.amount_fen if crossing.kind == SETTLEMENT else -crossing.amount_fen


def _on_their_way(one: int, other: int, at: datetime | None) -> tuple[Crossing, ...]:
    rows = Crossing.objects.filter(from_pool__in=(one, other), to_pool__in=(one, other))
    young = Q(arrived_at=None)
    if at is not None:
        young |= Q(arrived_at__gt=at - _LONGEST_BETWEEN_CLOCKS)
    maybe = list(rows.filter(young).order_by("begun_at", "id"))
    seen = receipts(each.id for each in maybe if each.kind == SETTLEMENT)
    return tuple(each for each in maybe if _has_one_leg(each, seen.get(each.id), at))


def _has_one_leg(crossing: Crossing, entry_id: UUID | None, at: datetime | None) -> bool:
    near = _is_there(crossing.from_pool, legs.near(crossing).id, at)
    if crossing.kind != SETTLEMENT:
        return near and not _is_there(crossing.to_pool, legs.far(crossing).id, at)
    far = entry_id and _is_there(crossing.to_pool, derive(entry_id, "pool_settled"), at)
    return near and not far


def _is_there(pool: int, transfer_id: UUID, at: datetime | None) -> bool:
    found = queries.transfers_of_event(pool, [transfer_id])
    return bool(found) and (at is None or found[0].created_at <= at)


def _balance(pool: int, ref: Ref, at: datetime | None) -> int:
    if at is None:
        return queries.balance_fen(pool, ref)
    return queries.balance_fen_at(pool, ref, at)
