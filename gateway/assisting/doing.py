"""What a clerk may do for a citizen: each in the trail as done by the clerk, for the citizen."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.db import transaction

from accounts import people, trail
from accounts.errors import NotAllowed
from accounts.identifiers import derive
from accounts.models import Person, TransitCard
from accounts.roles import CLERK
from gateway.assisting import queries
from gateway.assisting.errors import ActNotAllowed
from gateway.assisting.looking import actor_of
from gateway.assisting.models import AssistAct, AssistSession
from gateway.card_service import departing, losing
from gateway.card_service.models import Departure, LossReport
from gateway.topup import ordering
from gateway.topup.models import TopUp


@transaction.atomic
def top_up(
    session_id: UUID, *, cause: UUID, card_id: UUID, amount_fen: int, clerk: Person, now: datetime
) -> TopUp:
    """An order whose code the citizen pays by scanning; the clerk takes no money.

    AssistOver, ActNotAllowed, AmountNotOffered and its kin, CardNotInUse, WishRefused.
    """
    session, card = _about(session_id, card_id, clerk, now)
    made = ordering.place_by_code(
        cause=cause, person=session.citizen, card=card, amount_fen=amount_fen, now=now
    )
    _done(session, "assisted_top_up", "topup", made.pk, clerk, now)
    return made


@transaction.atomic
def report_lost(
    session_id: UUID, *, cause: UUID, card_id: UUID, clerk: Person, now: datetime
) -> LossReport:
    """挂失 of a named card. AssistOver, ActNotAllowed, CardNotNamed, BalanceLeaving."""
    session, card = _about(session_id, card_id, clerk, now)
    if session.citizen is None:
        raise ActNotAllowed
    made = losing.report(
        cause=cause, person=session.citizen, card=card, actor=actor_of(clerk), now=now
    )
    _done(session, "assisted_loss_report", "loss_report", made.pk, clerk, now)
    return made


@transaction.atomic
def ask_redemption(
    session_id: UUID, *, cause: UUID, card_id: UUID, clerk: Person, now: datetime
) -> Departure:
    """退卡赎回 is asked for; the card is handed in where cards are. As departing.redeem refuses."""
    session, card = _about(session_id, card_id, clerk, now)
    if session.citizen is None:
        raise ActNotAllowed
    made = departing.redeem(
        cause=cause,
        person=session.citizen,
        card=card,
        why="lost" if card.state == "lost" else "given_up",
        payee=None,
        actor=actor_of(clerk),
        now=now,
    )
    _done(session, "assisted_redemption", "departure", made.pk, clerk, now)
    return made


def track(session_id: UUID, *, clerk: Person, now: datetime) -> list[TopUp]:
    """The citizen's newest top-ups, each look kept. AssistOver."""
    session = queries.open_one(session_id, clerk, now)
    _keep_trail(session, "assisted_tracking", f"assist_session:{session.pk}", clerk, now)
    return queries.orders(session)


def _about(
    session_id: UUID, card_id: UUID, clerk: Person, now: datetime
) -> tuple[AssistSession, TransitCard]:
    """The open session, and the one of its cards that is meant. NotAllowed, ActNotAllowed."""
    session = queries.open_one(session_id, clerk, now, lock=True)
    if not people.has_role(clerk, CLERK, session.pool, now):
        raise NotAllowed(person=str(clerk.pk), role=CLERK)
    for card in queries.shown(session).cards:
        if card.pk == card_id:
            return session, card
    raise ActNotAllowed(card_id=card_id)


def _done(
    session: AssistSession, act: str, kind: str, subject_id: UUID, clerk: Person, now: datetime
) -> None:
    """Once for what was made; asked again it is the same act."""
    own_id = derive(session.pk, f"{act} {subject_id}")
    if AssistAct.objects.filter(pk=own_id).exists():
        return
    AssistAct.objects.create(
        id=own_id, session=session, act=act, subject_id=subject_id, done_at=now
    )
    _keep_trail(session, act, f"{kind}:{subject_id}", clerk, now)


def _keep_trail(
    session: AssistSession, act: str, subject: str, clerk: Person, now: datetime
) -> None:
    trail.record(
        act,
        actor=actor_of(clerk),
        now=now,
        subject=subject,
        clerk=clerk.pk,
        citizen=session.citizen_id or "",
        card=session.card_id or "",
        session=session.pk,
        consent=session.consent,
    )
