"""What nobody took goes back to the enterprise the way it came: asked, rested, decided by a second.

Nothing is ever forfeited: a claim waits for its card or for two officers, however long.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from django.db import transaction

from accounts import approvals, duties, trail
from accounts.actors import WORKER, Actor
from accounts.identifiers import derive
from accounts.models import Approval, Person
from accounts.roles import FINANCE_OFFICER
from gateway.bulk import onlookers, queries, routes
from gateway.bulk.enterprises import actor_of, require_officer
from gateway.bulk.errors import BulkOrderNotThere, NothingToReturn, ReturnChanged, ReturnUnknown
from gateway.bulk.models import BulkOrder, BulkReturn, ReturnedClaim, ReturnPart
from gateway.topup.models import TopUp
from nfc_topup import queries as loads
from reserve_funds import postings
from reserve_funds.ledger import book
from reserve_funds.ledger.values import Posting

PURPOSE = "bulk.return"
LAPSE: Final = "bulk.return_lapse"
TIME_TO_DECIDE: Final = timedelta(days=3)
_AT_ONCE: Final = 2_000


@transaction.atomic
def ask(
    order_id: UUID,
    *,
    claim_ids: Collection[UUID] | None,
    because: str,
    maker: Person,
    now: datetime,
    route: str = "",
) -> BulkReturn:
    """One officer asks these claims back (None: all that wait), with whatever the order has over.

    From now on they rest: no card is loaded from them until this is decided or lapses. Those on
    cards, or being written, are left out. NotAllowed, BulkOrderNotThere, NothingToReturn,
    ReturnRouteMissing.
    """
    order = queries.order(order_id, lock=True)
    require_officer(maker, order.pool, now)
    if order.state not in ("shared", "lapsed"):
        raise BulkOrderNotThere(state=order.state)
    claims = _resting(order, claim_ids, maker, because, now)
    claims_fen = sum(fen for _, fen in claims)
    amount_fen = claims_fen + queries.received_fen(order)
    if not amount_fen or order.returns.filter(state="asked").exists():
        raise NothingToReturn(order=order.pk)
    approval = _approval(order, claims, amount_fen, because, maker, now)
    made = BulkReturn.objects.create(
        id=approval.pk,
        order=order,
        claims=len(claims),
        claims_fen=claims_fen,
        amount_fen=amount_fen,
        because=because[:200],
        route=route,
        maker=maker,
        asked_at=now,
        expires_at=approval.expires_at,
    )
    ReturnedClaim.objects.bulk_create(
        (
            ReturnedClaim(
                id=derive(made.pk, str(own)), bulk_return=made, claim_id=own, amount_fen=fen
            )
            for own, fen in claims
        ),
        batch_size=_AT_ONCE,
    )
    duties.owe(LAPSE, made.pk, now=now, due_at=made.expires_at)
    return made


@transaction.atomic
def approve(return_id: UUID, *, checker: Person, now: datetime) -> BulkReturn:
    """A second officer agrees: the claims come back to the order, and their money sets out.

    By a channel it is a refund; to a bank account it is an outflow, which two officers decide once
    more where every outflow is. MakerIsChecker, NotAllowed, ApprovalExpired, ApprovalDecided,
    ReturnUnknown, ReturnChanged.
    """
    asked = queries.bulk_return(return_id)
    payments = routes.locked_payments(asked.order)
    made = queries.bulk_return(return_id, lock=True)
    order = queries.order(made.order_id, lock=True)
    if made.state == "agreed" and approvals.get(made.pk).checker_id == checker.pk:
        return made
    _require_asked(made)
    approvals.approve(made.pk, checker=checker, now=now)
    claims = _claims_of(made)
    if made.claims_fen + queries.received_fen(order) != made.amount_fen:
        raise ReturnChanged(id=made.pk)
    actor = actor_of(checker)
    book.post(_taken_back(order, claims, made.pk, now))
    ids = [own for own, _ in claims]
    because = "back to the employer"
    trail.advance_all(
        TopUp, ids, before="refunding", to="refunded", actor=actor, because=because, now=now
    )
    trail.advance(made, to="agreed", actor=actor, because=made.because or because, now=now)
    routes.send(made, order, payments, actor=actor, now=now)
    onlookers.given_back(order, now=now)
    duties.settle(LAPSE, made.pk, now=now)
    return made


@transaction.atomic
def refuse(return_id: UUID, *, checker: Person, now: datetime) -> BulkReturn:
    """A second officer does not agree: the claims can be loaded again. Errors as for `approve`."""
    made = queries.bulk_return(return_id, lock=True)
    _require_asked(made)
    approvals.refuse(made.pk, checker=checker, now=now)
    _wake(made, "refused", actor_of(checker), "a second officer refused", now)
    duties.settle(LAPSE, made.pk, now=now)
    return made


@transaction.atomic
def lapse(return_id: UUID, now: datetime) -> duties.Later | None:
    """Nobody decided in time: the claims can be loaded again."""
    made = queries.bulk_return(return_id, lock=True)
    if made.state != "asked":
        return None
    if now < made.expires_at:
        return duties.Later(at=made.expires_at)
    _wake(made, "lapsed", WORKER, "nobody decided in time", now)
    return None


def refunded(refund_id: UUID, *, now: datetime) -> None:
    """A refund of ours reached its payer; nothing for any other."""
    _part_moves(refund_id, "done", "the channel gave the money back", now)


def stopped(refund_id: UUID, *, because: str, now: datetime) -> None:
    """A refund of ours will not be done; nothing for any other."""
    _part_moves(refund_id, "stopped", because, now)


def _part_moves(goes_as: UUID, to: str, because: str, now: datetime) -> None:
    part = ReturnPart.objects.select_for_update().filter(goes_as=goes_as, state="going").first()
    if part is not None:
        trail.advance(part, to=to, actor=WORKER, because=because, now=now)


def _approval(
    order: BulkOrder,
    claims: Sequence[tuple[UUID, int]],
    amount_fen: int,
    because: str,
    maker: Person,
    now: datetime,
) -> Approval:
    ways = routes.plan(order, amount_fen)
    return approvals.ask(
        maker=maker,
        purpose=PURPOSE,
        pool=order.pool,
        content={
            "bulk_order": order.number,
            "enterprise": order.enterprise.name,
            "amount_fen": amount_fen,
            "claims": len(claims),
            "claims_fen": sum(fen for _, fen in claims),
            "because": because,
            "ways": [{"way": way.name, "amount_fen": way.amount_fen} for way in ways],
        },
        fingerprint=_fingerprint(order, claims, amount_fen, now),
        now=now,
        expires_at=now + TIME_TO_DECIDE,
        checker_role=FINANCE_OFFICER,
    )


def _resting(
    order: BulkOrder, claim_ids: Collection[UUID] | None, maker: Person, because: str, now: datetime
) -> list[tuple[UUID, int]]:
    """The claims that wait for a card, locked and put to rest, by their numbers."""
    rows = queries.good_rows(order)
    if claim_ids is not None:
        rows = rows.filter(pk__in=claim_ids)
    waiting = TopUp.objects.select_for_update().filter(pk__in=rows.values("pk"), state="paid")
    found = list(waiting.order_by("pk").values_list("pk", "amount_fen"))
    credited = loads.credited_among([own for own, _ in found])
    found = [(own, fen) for own, fen in found if own not in credited]
    trail.advance_all(
        TopUp,
        [own for own, _ in found],
        before="paid",
        to="refunding",
        actor=actor_of(maker),
        because=because or "asked back for the employer",
        now=now,
    )
    return found


def _wake(made: BulkReturn, to: str, actor: Actor, because: str, now: datetime) -> None:
    ids = [own for own, _ in _claims_of(made)]
    trail.advance_all(
        TopUp, ids, before="refunding", to="paid", actor=actor, because=because, now=now
    )
    trail.advance(made, to=to, actor=actor, because=because, now=now)


def _claims_of(made: BulkReturn) -> list[tuple[UUID, int]]:
    rows = made.claim_rows.order_by("claim_id")
    return list(rows.values_list("claim_id", "amount_fen"))


def _taken_back(
    order: BulkOrder, claims: Sequence[tuple[UUID, int]], approval_id: UUID | None, now: datetime
) -> list[Posting]:
    """Each claim back into the order's account; a claim comes back at most once, by its number."""
    return [
        postings.of(
            "bulk_taken_back",
            order.pool,
            claim_id,
            debit=postings.unloaded_order(claim_id),
            credit=postings.unloaded_order(order.pk),
            amount_fen=fen,
            event_at=now,
            approval_id=approval_id,
        )
        for claim_id, fen in claims
    ]


def _fingerprint(
    order: BulkOrder, claims: Sequence[tuple[UUID, int]], amount_fen: int, now: datetime
) -> bytes:
    """What the law compares when the claims come back; without claims, what is told here."""
    if claims:
        return book.fingerprint(_taken_back(order, claims, None, now))
    return derive(order.pk, f"rest {amount_fen}").bytes * 2


def _require_asked(made: BulkReturn) -> None:
    if made.state != "asked":
        raise ReturnUnknown(id=made.pk, state=made.state)
