"""The citizen consents: by a code sent to their own phone, or by the card when it is nobody's."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from django.db import transaction

from accounts import sign_in_codes, trail
from accounts.models import Person
from gateway.assisting import queries
from gateway.assisting.errors import AssistOver, CardNotShown, ConsentOtherwise
from gateway.assisting.looking import actor_of
from gateway.assisting.models import AssistSession
from gateway.messages import sending
from nfc_topup import queries as loads

TIME_TO_ACT: Final = timedelta(minutes=15)


def send(session_id: UUID, *, clerk: Person, address: str, now: datetime) -> str:
    """Sends the code to the citizen's phone, of which the clerk learns the mask alone.

    The code is good for this session only: its challenge stays here, so it signs nobody in.
    AssistUnknown, AssistOver, ConsentOtherwise, CodeTooSoon, CodesSpent, NoMessenger.
    """
    session = _asked(session_id, clerk, now)
    if session.citizen is None:
        raise ConsentOtherwise
    asked = sign_in_codes.ask(session.citizen.phone, address=address, now=now)
    rows = AssistSession.objects.filter(pk=session.pk, state="asked")
    rows.update(challenge=asked.challenge)
    sending.send_consent(asked, now=now)
    trail.record(
        "assist_code_sent", actor=actor_of(clerk), now=now, subject=f"assist_session:{session.pk}"
    )
    return session.citizen.masked_phone


def by_code(
    session_id: UUID, code: str, *, clerk: Person, address: str, now: datetime
) -> AssistSession:
    """The citizen has told the code they were sent. CodeWrong, CodeOver, AssistOver."""
    session = _asked(session_id, clerk, now)
    if not session.challenge:
        raise AssistOver
    proven = sign_in_codes.check(session.challenge, code, address=address, now=now)
    with transaction.atomic():
        sign_in_codes.use(proven, now)
        return _open(session, "phone", clerk, now)


def by_card(session_id: UUID, *, clerk: Person, now: datetime) -> AssistSession:
    """A card that nobody holds has proved itself at a reader since it was asked for.

    CardNotShown; ConsentOtherwise where a person holds the card.
    """
    session = _asked(session_id, clerk, now)
    if session.citizen is not None or session.card is None:
        raise ConsentOtherwise
    seen = loads.last_sighting(session.card)
    if seen is None or seen.seen_at < session.asked_at:
        raise CardNotShown
    with transaction.atomic():
        return _open(session, "card", clerk, now)


def leave(session_id: UUID, *, clerk: Person, now: datetime) -> None:
    """The clerk is done; a session that has ended stays as it is. AssistUnknown."""
    with transaction.atomic():
        session = queries.mine(session_id, clerk, lock=True)
        if session.state != "ended":
            queries.end(session, actor=actor_of(clerk), because="the clerk left it", now=now)


def _asked(session_id: UUID, clerk: Person, now: datetime) -> AssistSession:
    session = queries.mine(session_id, clerk)
    if session.state != "asked" or now >= session.ends_at:
        raise AssistOver(state=session.state)
    return session


def _open(session: AssistSession, consent: str, clerk: Person, now: datetime) -> AssistSession:
    trail.advance(
        session,
        to="open",
        actor=actor_of(clerk),
        because=f"the citizen consented by {consent}",
        now=now,
        consent=consent,
        challenge="",
        ends_at=now + TIME_TO_ACT,
    )
    return session
