"""Reads single duties for people who look after what was given up."""

from __future__ import annotations

from accounts.models import Duty


def get_given_up(duty_id: int) -> Duty | None:
    """The duty of this number if it is past its schedule and nobody owed it anew; else None."""
    return Duty.objects.filter(pk=duty_id, state="given_up").first()
