"""Reads single duties for people who look after what was given up."""

from __future__ import annotations

from uuid import UUID

from accounts.models import Duty


def find(kind: str, subject_id: UUID) -> Duty | None:
    """The one duty of this kind and subject as it stands; None when it was never owed."""
    return Duty.objects.filter(kind=kind, subject_id=subject_id).first()


def get_given_up(duty_id: int) -> Duty | None:
    """The duty of this number if it is past its schedule and nobody owed it anew; else None."""
    return Duty.objects.filter(pk=duty_id, state="given_up").first()
