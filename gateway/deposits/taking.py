"""收押金: ordered in the app and paid over a channel, or paid in cash at a counter."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

from django.db import DatabaseError, transaction

from accounts import cards, people, trail
from accounts.actors import Actor
from accounts.clock import business_day
from accounts.errors import NotAllowed
from accounts.identifiers import derive, new_id
from accounts.models import Person, TransitCard
from accounts.roles import CLERK, FINANCE_OFFICER
from gateway.deposits import queries
from gateway.deposits.errors import DepositNotTaken, DepositStands
from gateway.deposits.models import CASH, CHANNEL, Deposit
from gateway.payments import paying
from gateway.payments.models import Payment
from nfc_topup.errors import CardNotInUse
from reserve_funds import postings
from reserve_funds.custody.rules import pools
from reserve_funds.ledger import book, faults

TOO_LATE = timedelta(minutes=1)


@transaction.atomic
def place(
    *,
    cause: UUID,
    person: Person,
    card: TransitCard,
    channel: str,
    scene: str,
    payer_openid: str = "",
    payer_ip: str | None = None,
    now: datetime,
) -> tuple[Deposit, Payment]:
    """Writes down the deposit of this card and the payment it waits for; the same cause, the same.

    CardNotInUse, DepositNotTaken, DepositStands, PoolWindingDown, and what `paying.prepare`
    refuses: nothing is kept then. Where credit cards may not buy a card (R18), they may not here.
    """
    deposit = _write_down(cause, card, person=person, paid_by=CHANNEL, now=now)
    payment = _prepare(deposit.id, deposit, channel, scene, payer_openid, payer_ip, now)
    return deposit, payment


@transaction.atomic
def begin(
    *,
    person: Person,
    card: TransitCard,
    channel: str,
    scene: str,
    payer_ip: str | None,
    now: datetime,
) -> tuple[Deposit, Payment]:
    """The payment of this channel and way for the card's deposit, both written down if new.

    Beginning again is the same. Several begun payments of one deposit are normal: the first that is
    paid is taken, any other goes back by itself, and all end when the deposit does. Raises what
    `place` does; DepositStands also where the one that is being paid is somebody else's or about
    to end.
    """
    _locked(card)
    deposit = queries.live_of(card)
    if deposit is None:
        deposit = _write_down(new_id(now), card, person=person, paid_by=CHANNEL, now=now)
    elif not may_be_paid(deposit, person, now):
        raise DepositStands(card_id=card.pk, state=deposit.state)
    cause = derive(deposit.id, f"begun {channel} {scene}")
    return deposit, _prepare(cause, deposit, channel, scene, "", payer_ip, now)


def over_at(deposit: Deposit) -> datetime:
    """When a deposit that nobody pays ends, and every payment begun for it."""
    return deposit.placed_at + paying.TIME_TO_PAY


def may_be_paid(deposit: Deposit, person: Person, now: datetime) -> bool:
    """Whether this person may begin a payment of it now."""
    mine = deposit.state == "placed" and deposit.person_id == person.pk
    return mine and now < over_at(deposit) - TOO_LATE


@transaction.atomic
def take_cash(*, cause: UUID, card_no: str, clerk: Person, now: datetime) -> Deposit:
    """A clerk has the notes in the drawer: booked at once, as every fact is.

    NotAllowed, CardNumberNotUnderstood, IssuerUnknown, CardNotInUse, DepositNotTaken,
    DepositStands, PoolWindingDown.
    """
    card = cards.meet(card_no, now)
    pool = card.operator.pool
    if not any(people.has_role(clerk, role, pool, now) for role in (CLERK, FINANCE_OFFICER)):
        raise NotAllowed(person=str(clerk.pk))
    drawer = drawer_of(pool, clerk, now)
    deposit = _write_down(cause, card, person=None, paid_by=CASH, box=drawer, now=now)
    if deposit.state != "placed":
        return deposit
    cash_id = derive(deposit.id, "cash")
    actor = Actor(kind="officer", id=str(clerk.pk))
    because = "cash was put into the drawer"
    trail.advance(deposit, to="held", actor=actor, because=because, now=now, held_at=now)
    held = queries.account(deposit)
    book.post(
        [
            postings.cash_accepted(
                pool, deposit.id, cash_id, box=drawer, amount_fen=deposit.amount_fen, event_at=now
            ),
            postings.allocated_to(pool, cash_id, held, amount_fen=deposit.amount_fen, event_at=now),
        ]
    )
    subject = f"deposit:{deposit.pk}"
    trail.record(
        "deposit_taken", actor=actor, now=now, subject=subject, amount_fen=deposit.amount_fen
    )
    return deposit


def drawer_of(pool: int, clerk: Person, now: datetime) -> str:
    """A clerk's drawer of the day: what lies in it is banked under this label."""
    return f"counter.{pool}.{business_day(now):%Y%m%d}.{clerk.pk.hex[-8:]}"


def _prepare(
    cause: UUID,
    deposit: Deposit,
    channel: str,
    scene: str,
    payer_openid: str,
    payer_ip: str | None,
    now: datetime,
) -> Payment:
    profile = pools.profile_of(deposit.pool, business_day(now))
    return paying.prepare(
        cause=cause,
        pool=deposit.pool,
        channel=channel,
        scene=scene,
        amount_fen=deposit.amount_fen,
        patron="deposit",
        patron_id=deposit.id,
        payer_openid=payer_openid,
        payer_ip=payer_ip,
        no_credit=paying.keeps_credit_out(profile),
        now=now,
        expires_at=over_at(deposit),
    )


def _locked(card: TransitCard) -> TransitCard:
    rows = TransitCard.objects.select_related("operator")
    return rows.select_for_update(of=("self",), no_key=True).get(pk=card.pk)


def _write_down(
    cause: UUID,
    card: TransitCard,
    *,
    person: Person | None,
    paid_by: str,
    now: datetime,
    box: str = "",
) -> Deposit:
    deposit_id = derive(cause, "deposit")
    card = _locked(card)
    present = Deposit.objects.select_related("card").filter(pk=deposit_id).first()
    if present is not None:
        return present
    if card.state != "in_use":
        raise CardNotInUse(card_id=card.pk, state=card.state)
    amount_fen = queries.terms_of(card.operator).amount_fen
    if not amount_fen:
        raise DepositNotTaken(card_id=card.pk)
    stands = queries.live_of(card)
    if stands is not None:
        raise DepositStands(card_id=card.pk, state=stands.state)
    try:
        return Deposit.objects.create(
            id=deposit_id,
            pool=card.operator.pool,
            card=card,
            asn=card.asn,
            person=person,
            amount_fen=amount_fen,
            paid_by=paid_by,
            box=box,
            placed_at=now,
        )
    except DatabaseError as error:
        refused = faults.refusal(error)
        if refused is None:
            raise
        raise refused from error
