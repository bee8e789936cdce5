"""Every few minutes: what our rooms and the banks know is delivered, and matched."""

from __future__ import annotations

from datetime import datetime, timedelta

from accounts import clock
from accounts.schedules import every
from gateway.reconciliation import services
from reserve_funds.custody.matching import bank_side
from reserve_funds.custody.matching.services import RunSummary, run


def reconcile() -> None:
    """What the schedule runs."""
    reconcile_at(clock.now())


def reconcile_at(now: datetime) -> RunSummary:
    """Brings the sides and matches them. Open no transaction around it."""
    services.bring()
    bank_side.bring()
    return run(None, now=now)


every("reconciliation.reconcile", "gateway.reconciliation.tasks.reconcile", timedelta(minutes=5))
