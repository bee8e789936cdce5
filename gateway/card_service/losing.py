"""挂失 and 找回: a named card is lost, from when that counts, and comes back into use."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.db import transaction

from accounts import cards, duties, trail
from accounts.actors import WORKER, Actor
from accounts.identifiers import derive
from accounts.models import Person, TransitCard
from gateway.card_service import listing, queries
from gateway.card_service.errors import BalanceLeaving, CardNotNamed
from gateway.card_service.models import LossReport

IN_FORCE = "card_service.loss_in_force"


@transaction.atomic
def report(
    *, cause: UUID, person: Person, card: TransitCard, actor: Actor, now: datetime
) -> LossReport:
    """The card is lost: no load may be sealed from this commit on; in force after the hours.

    A load whose MAC2 is out already keeps its doubt: the report waits for its commit or it finds
    the card lost. Reported again while it stands it is the same report. CardNotNamed,
    BalanceLeaving, IllegalTransition for a card that is out of service.
    """
    card = _locked(card)
    report_id = derive(cause, "loss")
    known = LossReport.objects.filter(card=card, state__in=queries.OPEN_LOSS).first()
    if known is not None:
        return known
    if not card.named or card.holder_id != person.pk:
        raise CardNotNamed(card_id=card.pk)
    if queries.leaving(card) is not None:
        raise BalanceLeaving(card_id=card.pk)
    cards.report_lost(card, actor=actor, now=now)
    pool = card.operator.pool
    in_force_at = now + queries.terms_of(pool, now).until_in_force
    report = LossReport.objects.create(
        id=report_id,
        pool=pool,
        card=card,
        person=person,
        reported_at=now,
        in_force_at=in_force_at,
    )
    listing.put(card.asn, pool, listing.LISTED, because="lost", since=in_force_at, now=now)
    trail.record("card_lost", actor=actor, now=now, subject=f"loss_report:{report.id}")
    duties.owe(IN_FORCE, report.id, now=now, due_at=in_force_at)
    return report


@transaction.atomic
def lift(*, person: Person, card: TransitCard, actor: Actor, now: datetime) -> LossReport:
    """找回: the card is in use again and leaves the list.

    LossNotFound; BalanceLeaving once a replacement or redemption of it stands.
    """
    card = _locked(card)
    report = queries.open_loss(card, lock=True)
    if queries.leaving(card) is not None:
        raise BalanceLeaving(card_id=card.pk)
    cards.report_found(card, actor=actor, now=now)
    trail.advance(report, to="lifted", actor=actor, because="the card was found", now=now)
    listing.put(card.asn, report.pool, listing.DELISTED, because="found", since=now, now=now)
    duties.settle(IN_FORCE, report.id, now=now)
    return report


@transaction.atomic
def take_effect(report_id: UUID, now: datetime) -> duties.Later | None:
    """The hours have passed: what is ridden from now on is not the holder's any more."""
    report = LossReport.objects.select_for_update().get(pk=report_id)
    if report.state != "reported":
        return None
    if now < report.in_force_at:
        return duties.Later(at=report.in_force_at)
    trail.advance(report, to="in_force", actor=WORKER, because="the hours have passed", now=now)
    return None


def _locked(card: TransitCard) -> TransitCard:
    """The card as it is now, held against loads being sealed meanwhile."""
    rows = TransitCard.objects.select_related("operator").select_for_update(
        of=("self",), no_key=True
    )
    return rows.get(pk=card.pk)
