"""Sends the short messages of notices: each at most once, within a budget a phone."""

from __future__ import annotations

from datetime import datetime, timedelta

from accounts import budgets
from gateway.messages import port
from gateway.messages.errors import MessageDoubtful, MessageRefused, NoMessenger
from gateway.messages.port import ShortMessage
from gateway.notifying import catalogue
from gateway.notifying.models import DOUBTFUL, DROPPED, REFUSED, SENDING, SENT, WAITING, TextMessage

BATCH = 100
A_DAY = timedelta(days=1)
PER_PHONE_AND_DAY, URGENT_PER_PHONE_AND_DAY = 5, 20
STALE = timedelta(minutes=10)
TOO_LATE = timedelta(days=2)


def send_due(now: datetime, *, limit: int = BATCH) -> int:
    """Sends what is due, one by one, outside of transactions; how many were handed over.

    Whoever dies in between leaves `sending`, which the next sweep calls doubtful and never sends.
    """
    left = TextMessage.objects.filter(state=SENDING, tried_at__lt=now - STALE)
    left.update(state=DOUBTFUL, reason="worker_died")
    late = TextMessage.objects.filter(state=WAITING, due_at__lt=now - TOO_LATE)
    late.update(state=DROPPED, reason="too_late")
    due = TextMessage.objects.filter(state=WAITING, due_at__lte=now).order_by("due_at")
    return sum(_send(text, now) for text in due.select_related("notice__person")[:limit])


def _send(text: TextMessage, now: datetime) -> bool:
    mine = TextMessage.objects.filter(pk=text.pk, state=WAITING)
    if not mine.update(state=SENDING, tried_at=now):
        return False
    person = text.notice.person
    if person.deleted_at is not None:
        return _ended(text, DROPPED, "person_left")
    phone = person.phone
    name = budgets.blind("notice-text-urgent" if text.urgent else "notice-text", phone)
    most = URGENT_PER_PHONE_AND_DAY if text.urgent else PER_PHONE_AND_DAY
    if not budgets.spend(name, limit=most, window=A_DAY, now=now):
        return _ended(text, DROPPED, "budget_spent")
    message = ShortMessage(
        phone=phone,
        template=catalogue.template_of(text.notice.kind, text.language),
        filled={name: text.notice.facts[name] for name in _facts_of(text)},
    )
    try:
        port.in_use().send(message, now=now)
    except (MessageRefused, NoMessenger) as refused:
        return _ended(text, REFUSED, refused.code)
    except MessageDoubtful as doubtful:
        return _ended(text, DOUBTFUL, doubtful.code)
    return _ended(text, SENT, "")


def _facts_of(text: TextMessage) -> tuple[str, ...]:
    return catalogue.BY_NAME[text.notice.kind].facts


def _ended(text: TextMessage, state: str, reason: str) -> bool:
    TextMessage.objects.filter(pk=text.pk, state=SENDING).update(state=state, reason=reason)
    return state == SENT
