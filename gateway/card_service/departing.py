"""补卡, 换卡, 退卡: asking that a balance leave its card, handing the card in, taking it back."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction

from accounts import cards, duties, people, real_names, trail
from accounts.actors import Actor
from accounts.clock import business_day
from accounts.errors import NotAllowed
from accounts.identifiers import derive
from accounts.models import Person, TransitCard
from accounts.roles import CLERK, FINANCE_OFFICER
from gateway.card_service import listing, queries
from gateway.card_service.errors import (
    BalanceLeaving,
    DepartureNotThere,
    NewCardUnfit,
    OpenRideFirst,
    PayeeNotSameName,
    RedemptionNotAllowed,
    RedemptionTooEarly,
)
from gateway.card_service.models import Departure
from nfc_topup.errors import CardNotInUse
from reserve_funds.custody.bank.payees import Payee
from reserve_funds.custody.rules import winding

MOVE = "card_service.move"
REPLACEMENT, REDEMPTION, MIGRATION = "replacement", "redemption", "migration"
TO_A_NEW_CARD = (REPLACEMENT, MIGRATION)
_DONE_TO_THE_CARD = {REPLACEMENT: "replaced", REDEMPTION: "closed"}


@dataclass(frozen=True, slots=True, kw_only=True)
class SameName:
    """An account of the holder's own, for what cannot go back the way it came."""

    account_no: str = field(repr=False)
    name: str = field(repr=False)
    bank_name: str = ""


def replace(
    *,
    cause: UUID,
    person: Person,
    card: TransitCard,
    new_card: TransitCard,
    why: str,
    actor: Actor,
    now: datetime,
) -> Departure:
    """补卡 of a lost card, 换卡 of an unreadable or expired one: the balance goes to `new_card`.

    A lost card waits from its report on; any other must be handed in first. NewCardUnfit,
    LossNotFound, BalanceLeaving, CardNotInUse.
    """
    _refuse_unfit(person, card, new_card)
    return _ask(
        cause, REPLACEMENT, why, person=person, card=card, new_card=new_card, actor=actor, now=now
    )


def migrate(
    *,
    cause: UUID,
    person: Person,
    card: TransitCard,
    new_card: TransitCard,
    actor: Actor,
    now: datetime,
) -> Departure:
    """迁移 to the card of a new phone; `migrating` has the old one shown. Errors of `replace`."""
    _refuse_unfit(person, card, new_card)
    return _ask(
        cause,
        MIGRATION,
        "new_phone",
        person=person,
        card=card,
        new_card=new_card,
        actor=actor,
        now=now,
    )


def redeem(
    *,
    cause: UUID,
    person: Person,
    card: TransitCard,
    why: str,
    payee: SameName | None,
    actor: Actor,
    now: datetime,
) -> Departure:
    """赎回: the balance goes back to its holder, and the card out of service.

    `why`: lost or given_up. Of a pool that is wound down every card's, at once (R23).
    RedemptionNotAllowed (R20, R21), RedemptionTooEarly (R22),
    PayeeNotSameName, LossNotFound, BalanceLeaving, CardNotInUse.
    """
    profile = queries.profile_of(card.operator.pool, now)
    free = winding.is_winding_down(card.operator.pool, business_day(now))
    if not free and not card.named and profile.rule("R21") is None:
        raise RedemptionNotAllowed(card_id=card.pk, profile=profile.name)
    waits = profile.rule("R22")
    if not free and card.named and waits is not None:
        from_at = queries.named_since(card, person) + timedelta(
            days=waits.number("named_after_days")
        )
        if now < from_at:
            raise RedemptionTooEarly(card_id=card.pk, from_day=str(from_at.date()))
    if payee is not None:
        refuse_other_name(person, payee)
    return _ask(cause, REDEMPTION, why, person=person, card=card, payee=payee, actor=actor, now=now)


def refuse_other_name(person: Person, payee: SameName) -> None:
    """PayeeNotSameName unless the name fits the confirmed one as far as we keep it.

    We keep the first character and the length; the officer sees the rest on the ID.
    """
    Payee(account_no=payee.account_no, name=payee.name, bank_name=payee.bank_name)
    known = real_names.latest(person)
    name = "".join(payee.name.split()).replace("•", "·")
    masked = name[:1] + "*" * (len(name) - 1)
    if known is None or known.state != "confirmed" or known.name_masked != masked:
        raise PayeeNotSameName


@transaction.atomic
def surrender(
    departure_id: UUID, *, clerk: Person, open_ride: bool, actor: Actor, now: datetime
) -> Departure:
    """收卡: a clerk has the card in hand; it is out of service for good, and the wait begins.

    NotAllowed for who is no clerk or finance officer of the pool, OpenRideFirst when the card
    tells of a trip without an end, DepartureNotThere. Taken in twice is once.
    """
    departure = queries.departure(departure_id, person=None, lock=True)
    if not any(
        people.has_role(clerk, role, departure.pool, now) for role in (CLERK, FINANCE_OFFICER)
    ):
        raise NotAllowed(person=str(clerk.pk))
    if departure.state == "waiting" and departure.why != "lost":
        return departure
    if departure.state != "asked" or departure.kind == MIGRATION:
        raise DepartureNotThere(state=departure.state)
    if open_ride:
        raise OpenRideFirst(departure_id=departure.pk)
    card = lock_card(departure.card)
    cards.leave_service(
        card, to=_DONE_TO_THE_CARD[departure.kind], because=departure.why, actor=actor, now=now
    )
    listing.put(card.asn, departure.pool, listing.LISTED, because=card.state, since=now, now=now)
    moves_at = now + queries.terms_of(departure.pool, now).wait
    wait_until(departure, moves_at, because="the card was handed in", actor=actor, now=now)
    trail.record("card_surrendered", actor=actor, now=now, subject=f"departure:{departure.pk}")
    return departure


@transaction.atomic
def withdraw(departure_id: UUID, *, person: Person, actor: Actor, now: datetime) -> Departure:
    """撤回, while the card is not handed in and its balance has not moved.

    DepartureNotThere after that.
    """
    departure = queries.departure(departure_id, person=person, lock=True)
    if departure.state == "withdrawn":
        return departure
    if departure.state != "asked" and (departure.state, departure.why) != ("waiting", "lost"):
        raise DepartureNotThere(state=departure.state)
    trail.advance(departure, to="withdrawn", actor=actor, because="the holder's wish", now=now)
    duties.settle(MOVE, departure.id, now=now)
    return departure


def lock_card(card: TransitCard) -> TransitCard:
    """The card as it is now, held against loads that are being sealed."""
    rows = TransitCard.objects.select_related("operator").select_for_update(
        of=("self",), no_key=True
    )
    return rows.get(pk=card.pk)


def wait_until(
    departure: Departure, moves_at: datetime, *, because: str, actor: Actor, now: datetime
) -> None:
    """The wait for late trips begins; the balance moves when it is over."""
    trail.advance(departure, to="waiting", actor=actor, because=because, now=now, moves_at=moves_at)
    duties.owe(MOVE, departure.id, now=now, due_at=moves_at)


def _refuse_unfit(person: Person, card: TransitCard, new_card: TransitCard) -> None:
    unfit = new_card.pk == card.pk or new_card.state != "in_use"
    unfit = unfit or new_card.operator.pool != card.operator.pool
    if unfit or new_card.holder_id != person.pk or (card.named and not new_card.named):
        raise NewCardUnfit(card_id=new_card.pk)


@transaction.atomic
def _ask(
    cause: UUID,
    kind: str,
    why: str,
    *,
    person: Person,
    card: TransitCard,
    actor: Actor,
    now: datetime,
    new_card: TransitCard | None = None,
    payee: SameName | None = None,
) -> Departure:
    departure_id = derive(cause, kind)
    present = Departure.objects.filter(pk=departure_id).first()
    if present is not None:
        return present
    card = lock_card(card)
    if queries.leaving(card) is not None:
        raise BalanceLeaving(card_id=card.pk)
    loss = queries.open_loss(card) if why == "lost" else None
    if loss is None and card.state != "in_use":
        raise CardNotInUse(card_id=card.pk, state=card.state)
    departure = Departure.objects.create(
        id=departure_id,
        kind=kind,
        why=why,
        pool=card.operator.pool,
        card=card,
        new_card=new_card,
        person=person,
        payee_no=payee.account_no if payee else "",
        payee_name=payee.name if payee else "",
        payee_bank=payee.bank_name if payee else "",
        asked_at=now,
    )
    trail.record(f"card_{kind}_asked", actor=actor, now=now, subject=f"departure:{departure.pk}")
    if loss is not None:
        moves_at = loss.in_force_at + queries.terms_of(departure.pool, now).wait
        wait_until(departure, moves_at, because="the card is reported lost", actor=actor, now=now)
    return departure
