"""Reads the trail for people: everything about one subject, and what smelled lately."""

from __future__ import annotations

from uuid import UUID

from django.db.models import Q, QuerySet

from accounts.models import AuditEntry, Duty, SecurityEvent, Transition

LONGEST = 200


def moves_of(subject_id: UUID) -> list[Transition]:
    """Every move of whatever has this id, oldest first, at most 200."""
    return list(Transition.objects.filter(subject_id=subject_id).order_by("id")[:LONGEST])


def entries_about(subject_id: UUID) -> list[AuditEntry]:
    """Privileged acts on whatever has this id, oldest first, at most 200."""
    return list(AuditEntry.objects.filter(_named(subject_id)).order_by("id")[:LONGEST])


def alarms_about(subject_id: UUID) -> list[SecurityEvent]:
    """Security events about whatever has this id, oldest first, at most 200."""
    return list(SecurityEvent.objects.filter(_named(subject_id)).order_by("id")[:LONGEST])


def duties_about(subject_id: UUID) -> list[Duty]:
    """What is or was owed for whatever has this id, oldest first."""
    return list(Duty.objects.filter(subject_id=subject_id).order_by("owed_at", "id")[:LONGEST])


def alarms(*, code: str = "", before: int | None = None) -> QuerySet[SecurityEvent]:
    """Security events, newest first; of one code, and older than the event `before`."""
    rows = SecurityEvent.objects.order_by("-id")
    if code:
        rows = rows.filter(code=code)
    return rows if before is None else rows.filter(pk__lt=before)


def _named(subject_id: UUID) -> Q:
    """Subjects are written `kind:id`; the index on subject serves each kind the house has."""
    return Q(subject__in=[f"{kind}:{subject_id}" for kind in KINDS] + [str(subject_id)])


KINDS = (
    "answer", "application", "approval", "assist_session", "box", "bulk_order", "bulk_part",
    "bulk_return", "card", "card_key", "case", "cash_box", "code", "crossing", "day", "declaration",
    "departure", "departure_part", "deposit", "difference", "duty", "ending", "enterprise",
    "handover", "incident", "inquiry", "instruction", "intake", "invoice", "invoice_decision",
    "key_ceremony", "kiosk", "legacy_day", "legacy_import", "load", "lock", "loss_report",
    "matching_decision", "merchant", "naming", "notice", "officer", "order", "outflow", "partner",
    "partner_bank", "payment", "person", "placement", "placement_return", "pool", "provider",
    "purse", "real_name", "red_invoice", "refund", "ride", "settlement", "sign_in",
    "statement_correction", "stop", "topup", "understanding",
)  # fmt: skip
