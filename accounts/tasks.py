"""What the queue calls: the bell of one duty, the sweep of all, and the canary's heartbeat."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import datetime, timedelta
from uuid import UUID

from accounts import (
    app_tokens,
    approvals,
    budgets,
    clock,
    duties,
    heartbeats,
    real_names,
    sign_in_codes,
)
from accounts.schedules import every

# The queue ends a task after 60 s; what may take longer is left to the sweeper.
LONGEST_RUNG = timedelta(seconds=60)
SWEEP_SECONDS = 40.0
BUDGETS_ARE_KEPT = timedelta(days=2)
CODES_ARE_KEPT = timedelta(days=1)


def ring(duty_pk: int) -> None:
    """Do the duty somebody rang for, if it is still due; anything else is left to the sweep."""
    duties.work_rung(duty_pk, clock.now(), longest=LONGEST_RUNG)


def sweep() -> None:
    """Do what is due, for less time than a task may take: a second pair of hands."""
    until = time.monotonic() + SWEEP_SECONDS
    sweep_while(lambda: time.monotonic() < until)


def sweep_while(going: Callable[[], bool]) -> int:
    """Do what is due, each with the time it really is, while there is any and `going()`."""
    handled = 0
    while going() and duties.work(clock.now(), limit=1):
        handled += 1
    return handled


def heartbeat() -> None:
    """The canary: written only while scheduler, pusher and a worker of the queue all live."""
    heartbeats.beat(heartbeats.CANARY, clock.now())


def expire_approvals() -> None:
    """Let approvals that nobody decided or spent in time expire."""
    approvals.expire()


def forget_budgets() -> None:
    """Drop the budgets of tries that nobody has touched for days."""
    budgets.forget(clock.now() - BUDGETS_ARE_KEPT)


def forget_codes() -> None:
    """Drop sign-in codes of yesterday, and refresh tokens whose time is over."""
    sign_in_codes.forget(clock.now() - CODES_ARE_KEPT)
    app_tokens.forget(clock.now())


@duties.duty(real_names.DUTY, schedule=real_names.SCHEDULE)
def ask_real_name_again(check_id: UUID, now: datetime) -> duties.Later | None:
    """Ask the provider for the answer to a real-name check that is still missing."""
    return real_names.ask_again(check_id, now=now)


every("accounts.heartbeat", "accounts.tasks.heartbeat", timedelta(minutes=1))
every("accounts.sweep", "accounts.tasks.sweep", timedelta(minutes=1))
every("accounts.expire_approvals", "accounts.tasks.expire_approvals", timedelta(minutes=5))
every("accounts.forget_budgets", "accounts.tasks.forget_budgets", timedelta(hours=24))
every("accounts.forget_codes", "accounts.tasks.forget_codes", timedelta(hours=24))
