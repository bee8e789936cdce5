"""The bell: tells the queue, right after commit, that a duty is due; it carries an integer only."""

from __future__ import annotations

from django_q.tasks import async_task


def ring(duty_pk: int) -> None:
    """Ring for one duty. A ring that fails or is lost costs seconds: the sweep comes by anyway."""
    async_task("accounts.tasks.ring", duty_pk, save=False, ack_failure=True)
