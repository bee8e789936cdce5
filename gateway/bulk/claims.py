"""A claim that an employer gave for a card becomes theirs who holds it, by their own hand."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.db import transaction

from accounts import trail
from accounts.actors import Actor
from accounts.models import Person
from gateway.bulk.errors import ClaimNotYours
from gateway.bulk.models import BulkRow
from gateway.topup.models import TopUp


@transaction.atomic
def take(claim_id: UUID, *, person: Person, now: datetime) -> TopUp:
    """This person's top-up from now on, loaded like any other; taken twice is taken once.

    Only for a card in their hands, and only one of an employer's list: what somebody paid at a
    kiosk stays theirs who paid. ClaimNotYours.
    """
    rows = TopUp.objects.select_for_update(of=("self",)).select_related("card")
    topup = rows.filter(pk=claim_id, card__holder=person).first()
    if topup is None or topup.person_id not in (None, person.pk):
        raise ClaimNotYours(claim=claim_id)
    if not BulkRow.objects.filter(pk=claim_id, verdict="").exists():
        raise ClaimNotYours(claim=claim_id)
    if topup.person_id is None:
        TopUp.objects.filter(pk=topup.pk, person__isnull=True).update(person=person)
        topup.person = person
        trail.record(
            "bulk_claim_taken",
            actor=Actor(kind="citizen", id=str(person.pk)),
            now=now,
            subject=f"topup:{topup.pk}",
        )
    return topup
