"""From a citizen's wish to a payment offer, and back to the payer when nothing was loaded."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.db import DatabaseError, transaction

from accounts import duties, trail
from accounts.actors import Actor
from accounts.identifiers import derive
from accounts.models import Person, TransitCard
from gateway.payments import paying, refunding
from gateway.payments.models import Payment, Refund
from gateway.topup import known, limits, queries, scanning
from gateway.topup.errors import (
    CardNotInUse,
    NothingLeftToLoad,
    NotPaidYet,
    PaidInCash,
    RefundWhileUnresolved,
)
from gateway.topup.lifecycle import UNRESOLVED
from gateway.topup.models import TopUp
from nfc_topup import loading
from nfc_topup import queries as loads
from reserve_funds import postings
from reserve_funds.custody.rules.rule import Profile
from reserve_funds.ledger import faults


@transaction.atomic
def place(
    *,
    cause: UUID,
    person: Person,
    card: TransitCard,
    amount_fen: int,
    channel: str,
    scene: str,
    payer_openid: str = "",
    payer_ip: str | None = None,
    now: datetime,
) -> tuple[TopUp, Payment]:
    """Writes down a top-up and the payment it waits for; the same cause gives the same two.

    Raises AmountNotOffered and its kin (`limits.refuse_order`), CardNotInUse, MerchantUnknown,
    PayerMissing, PoolWindingDown, and WishRefused where the profile forbids credit cards and the
    channel cannot keep them out; nothing is kept then.
    """
    topup, profile = _write_down(
        cause,
        person=person,
        card=card,
        amount_fen=amount_fen,
        now=now,
        payer=(channel, payer_openid),
    )
    payment = paying.prepare(
        cause=topup.id,
        pool=topup.pool,
        channel=channel,
        scene=scene,
        amount_fen=amount_fen,
        patron="topup",
        patron_id=topup.id,
        payer_openid=payer_openid,
        payer_ip=payer_ip,
        no_credit=paying.keeps_credit_out(profile),
        now=now,
    )
    return topup, payment


@transaction.atomic
def place_by_code(
    *, cause: UUID, person: Person | None, card: TransitCard, amount_fen: int, now: datetime
) -> TopUp:
    """Writes down a top-up whose payer will choose the channel by scanning its code.

    At a kiosk nobody is known to ask: `person` is None.
    Raises AmountNotOffered and its kin, CardNotInUse, and WishRefused where credit cards are
    forbidden and no channel of the pool can keep them out; nothing is kept then. Its end is owed
    at once, since no payment may ever be begun.
    """
    topup, profile = _write_down(
        cause, person=person, card=card, amount_fen=amount_fen, now=now, by_code=True
    )
    scanning.refuse_unpayable(topup, no_credit=paying.keeps_credit_out(profile))
    duties.owe("topup.end_code", topup.id, now=now, due_at=topup.placed_at + paying.TIME_TO_PAY)
    return topup


def _write_down(
    cause: UUID,
    *,
    person: Person | None,
    card: TransitCard,
    amount_fen: int,
    now: datetime,
    by_code: bool = False,
    payer: tuple[str, str] = ("", ""),
) -> tuple[TopUp, Profile]:
    if card.state != "in_use":
        raise CardNotInUse(card_id=card.id, state=card.state)
    topup_id = derive(cause, "topup")
    channel, payer_openid = payer
    seen = known.look(
        topup_id, card, person=person, channel=channel, payer_openid=payer_openid, now=now
    )
    if not seen.is_placed:  # asked again it is the same, whatever else
        cap_fen = loading.load_cap_fen(card)
        limits.refuse_order(card, amount_fen, seen, load_cap_fen=cap_fen)
    wished = TopUp(
        id=topup_id,
        pool=card.operator.pool,
        person=person,
        card=card,
        amount_fen=amount_fen,
        placed_at=now,
        by_code=by_code,
    )
    _keep(wished)
    return queries.get(wished.id, person=person), seen.profile


def _keep(wished: TopUp) -> None:
    """PoolWindingDown: the law of the pool's book takes on nothing new (R23)."""
    try:
        TopUp.objects.bulk_create([wished], ignore_conflicts=True)
    except DatabaseError as error:
        refused = faults.refusal(error)
        if refused is None:
            raise
        raise refused from error


@transaction.atomic
def claim(
    claim_id: UUID,
    *,
    person: Person,
    card: TransitCard,
    amount_fen: int,
    actor: Actor,
    because: str,
    now: datetime,
) -> TopUp:
    """A top-up that no payment pays: the caller books the money into `unloaded_order(claim_id)`.

    It is loaded like any other, waits without end, and never goes back to a payer.
    """
    topup = TopUp.objects.create(
        id=claim_id,
        pool=card.operator.pool,
        person=person,
        card=card,
        amount_fen=amount_fen,
        placed_at=now,
    )
    trail.advance(topup, to="paid", actor=actor, because=because, now=now, paid_at=now)
    return topup


@transaction.atomic
def give_back(
    topup_id: UUID, *, person: Person | None, actor: Actor, because: str, now: datetime
) -> Refund:
    """Sends the money of a paid, unloaded top-up back to its payer; asked twice it is one refund.

    Raises NotPaidYet, PaidInCash, NothingLeftToLoad (already on the card or over) and
    RefundWhileUnresolved: while it is unknown whether the card was credited, no refund exists.
    """
    payment = _lock_allocated_payment(topup_id)
    topup = queries.get(topup_id, person=person, lock=True)
    if topup.state in UNRESOLVED:
        raise RefundWhileUnresolved(topup_id=topup.id)
    if topup.state == "paid" and payment is None and topup.return_at is None:
        raise PaidInCash(topup_id=topup.id)  # whoever pays over a channel is promised a return
    if topup.state == "placed" or (topup.state == "paid" and payment is None):
        raise NotPaidYet(topup_id=topup.id)  # or was, when we looked for what was paid
    is_credited = topup.state == "paid" and loads.credited_load_of(topup.id) is not None
    if topup.state in ("loaded", "expired") or payment is None or is_credited:
        raise NothingLeftToLoad(topup_id=topup.id, state=topup.state)
    if topup.state == "paid":
        trail.advance(topup, to="refunding", actor=actor, because=because, now=now)
    return refunding.ask(
        payment,
        cause=topup.id,
        amount_fen=topup.amount_fen,
        source=postings.unloaded_order(topup.id),
        because=because,
        actor=actor,
        now=now,
    )


def _lock_allocated_payment(topup_id: UUID) -> Payment | None:
    return (
        Payment.objects.select_for_update()
        .filter(patron="topup", patron_id=topup_id, allocated_fen__gt=0)
        .first()
    )
