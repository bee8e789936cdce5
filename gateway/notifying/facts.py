"""What there is to say of many subjects of one kind, each kind in one question."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from uuid import UUID

from django.db.models import Count

from gateway.assisting.models import AssistSession
from gateway.bulk import queries as bulk
from gateway.card_service.models import Departure, LossReport
from gateway.card_service.queries import OPEN_LOSS
from gateway.channels.yuan import yuan_of_fen
from gateway.invoice.models import Invoice
from gateway.notifying.catalogue import ACTED, CLAIM, LOOKED
from gateway.topup.models import TopUp

_SHANGHAI = timezone(timedelta(hours=8))


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """Whom it concerns, which page shows it, and what may be said of it: masked."""

    person_id: UUID
    place: str
    place_id: UUID
    said: Mapping[str, str]
    variant: str = ""


def of(subject_kind: str, ids: Sequence[UUID]) -> Mapping[UUID, Facts]:
    """The facts of these subjects; one that concerns nobody we know is left out."""
    return _READ[subject_kind](ids)


def _topups(ids: Sequence[UUID]) -> Mapping[UUID, Facts]:
    rows = TopUp.objects.filter(pk__in=ids, person__isnull=False).select_related("card")
    rows = rows.annotate(giver=bulk.giver())
    return {
        row.pk: Facts(
            person_id=row.person_id,
            place="topup",
            place_id=row.pk,
            said={"unit": vars(row)["giver"] or "", **_said(row.amount_fen, row.card.asn)},
            variant=CLAIM if vars(row)["giver"] else "",
        )
        for row in rows
        if row.person_id is not None
    }


def _assisted(ids: Sequence[UUID]) -> Mapping[UUID, Facts]:
    rows = AssistSession.objects.filter(pk__in=ids, citizen__isnull=False)
    return {
        row.pk: Facts(
            person_id=row.citizen_id,
            place="assist",
            place_id=row.pk,
            said={"count": str(row.done), **_said(None, "", when=row.asked_at)},
            variant=ACTED if row.done else LOOKED,
        )
        for row in rows.annotate(done=Count("acts"))
        if row.citizen_id is not None
    }


def _lost_cards(ids: Sequence[UUID]) -> Mapping[UUID, Facts]:
    rows = LossReport.objects.filter(card_id__in=ids, state__in=OPEN_LOSS).select_related("card")
    return {
        row.card_id: Facts(
            person_id=row.person_id,
            place="card",
            place_id=row.card_id,
            said=_said(None, row.card.asn, when=row.in_force_at),
        )
        for row in rows
    }


def _losses(ids: Sequence[UUID]) -> Mapping[UUID, Facts]:
    rows = LossReport.objects.filter(pk__in=ids).select_related("card")
    return {
        row.pk: Facts(
            person_id=row.person_id,
            place="card",
            place_id=row.card_id,
            said=_said(None, row.card.asn),
        )
        for row in rows
    }


def _departures(ids: Sequence[UUID]) -> Mapping[UUID, Facts]:
    rows = Departure.objects.filter(pk__in=ids).select_related("card")
    return {
        row.pk: Facts(
            person_id=row.person_id,
            place="departure",
            place_id=row.pk,
            said=_said(row.amount_fen, row.card.asn),
            variant=row.kind,
        )
        for row in rows
    }


def _invoices(ids: Sequence[UUID]) -> Mapping[UUID, Facts]:
    rows = Invoice.objects.filter(pk__in=ids, person__isnull=False)
    return {
        row.pk: Facts(
            person_id=row.person_id,
            place="invoice",
            place_id=row.pk,
            said=_said(row.amount_fen, ""),
        )
        for row in rows
        if row.person_id is not None
    }


def _said(amount_fen: int | None, asn: str, when: datetime | None = None) -> Mapping[str, str]:
    said = {} if amount_fen is None else {"amount": f"¥{yuan_of_fen(amount_fen)}"}
    said |= {"card": f"···{asn[-4:]}"} if asn else {}
    if when is not None:
        said["when"] = f"{when.astimezone(_SHANGHAI):%m-%d %H:%M}"
    return said


_READ: Mapping[str, Callable[[Sequence[UUID]], Mapping[UUID, Facts]]] = {
    "topup": _topups,
    "transit_card": _lost_cards,
    "loss_report": _losses,
    "departure": _departures,
    "invoice": _invoices,
    "assist_session": _assisted,
}
