"""A clerk acts for somebody who stands there and consents, for minutes, and the trail says so."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

import psycopg
import pytest
from django.db import Error as DatabaseError
from django.db import connection, transaction

from accounts import clock, roles, signing_in
from accounts.citizen_errors import CodeOver, CodeWrong
from accounts.errors import NotAllowed
from accounts.identifiers import new_id
from accounts.models import AuditEntry, SecurityEvent, TransitCard
from gateway.assisting import consenting, doing, looking, queries
from gateway.assisting.errors import (
    ActNotAllowed,
    AssistOver,
    AssistReasonMissing,
    AssistUnknown,
    CardNotShown,
    ConsentOtherwise,
    NobodyThere,
    OwnAccount,
    TooManyLookUps,
)
from gateway.assisting.models import AssistAct, AssistSession
from gateway.card_service.models import LossReport
from gateway.messages import sending
from gateway.topup.models import TopUp
from tests.gateway.card_service.holders import Held, known_by_name
from tests.support.officers import Seated, seat
from tests.support.province import Citizen, Province


class Counter:
    """A clerk of the province's pool, and what was sent to phones."""

    def __init__(self, province: Province, monkeypatch: pytest.MonkeyPatch) -> None:
        self.pool = province.pool
        self.seat: Seated = seat((roles.CLERK, province.pool), name="柜员甲")
        self.clerk = self.seat.person
        self.codes: list[str] = []
        monkeypatch.setattr(
            sending, "send_consent", lambda asked, now: self.codes.append(asked.code)
        )

    def finds(self, text: str, reason: str = "top_up") -> AssistSession:
        return looking.find(text, reason=reason, pool=self.pool, clerk=self.clerk, now=clock.now())

    def opened(self, citizen: Citizen, reason: str = "top_up") -> AssistSession:
        found = self.finds(citizen.person.phone, reason)
        consenting.send(found.pk, clerk=self.clerk, address="10.0.0.1", now=clock.now())
        return self.consents(found.pk, self.codes[-1])

    def consents(self, session_id: UUID, code: str) -> AssistSession:
        return consenting.by_code(
            session_id, code, clerk=self.clerk, address="10.0.0.1", now=clock.now()
        )

    def does(self, act: Any, session: AssistSession, card: TransitCard, **more: Any) -> Any:
        now = more.pop("now", clock.now())
        return act(
            session.pk,
            cause=new_id(clock.now()),
            card_id=card.pk,
            clerk=self.clerk,
            now=now,
            **more,
        )


@pytest.fixture
def counter(province: Province, monkeypatch: pytest.MonkeyPatch) -> Counter:
    return Counter(province, monkeypatch)


def test_what_a_clerk_does_for_a_citizen_is_done_as_the_clerk(
    counter: Counter, province: Province
) -> None:
    held = Held.new(province, known_by_name(province), named=True, loads=0)
    session = counter.opened(held.citizen)
    shown = queries.shown(session)
    assert (shown.phone, shown.name) == (held.citizen.person.masked_phone, "欧***")
    assert (session.consent, session.challenge) == ("phone", "")
    order = counter.does(doing.top_up, session, held.row, amount_fen=5_000)
    assert (order.person_id, order.by_code, order.state) == (held.citizen.person.pk, True, "placed")
    assert doing.track(session.pk, clerk=counter.clerk, now=clock.now()) == [order]
    loss = counter.does(doing.report_lost, session, held.row)
    assert LossReport.objects.get(pk=loss.pk).person_id == held.citizen.person.pk
    assert [act.act for act in AssistAct.objects.filter(session=session).order_by("done_at")] == [
        "assisted_top_up", "assisted_loss_report",
    ]  # fmt: skip
    for subject in (f"topup:{order.pk}", f"loss_report:{loss.pk}"):
        entry = AuditEntry.objects.get(subject=subject, act__startswith="assisted_")
        assert (entry.actor_kind, entry.actor_id) == ("officer", str(counter.clerk.pk))
        assert entry.facts["citizen"] == str(held.citizen.person.pk)
        assert entry.facts["consent"] == "phone"
    other = province.card(province.citizen())
    far = TransitCard.objects.get(asn=other.state.asn)
    with pytest.raises(ActNotAllowed):
        counter.does(doing.top_up, session, far, amount_fen=5_000)
    consenting.leave(session.pk, clerk=counter.clerk, now=clock.now())
    with pytest.raises(AssistOver):
        counter.does(doing.top_up, session, held.row, amount_fen=5_000)
    assert TopUp.objects.filter(person=held.citizen.person).count() == 1


def test_nothing_before_consent_nothing_after_its_time_and_the_code_signs_nobody_in(
    counter: Counter, province: Province
) -> None:
    citizen = province.citizen()
    province.card(citizen)
    [card] = citizen.person.cards.all()
    found = counter.finds(citizen.person.phone)
    with pytest.raises(AssistOver):
        counter.does(doing.top_up, found, card, amount_fen=5_000)
    with pytest.raises(AssistOver):
        counter.consents(found.pk, "000000")  # none was sent
    with pytest.raises(ConsentOtherwise):
        consenting.by_card(found.pk, clerk=counter.clerk, now=clock.now())
    consenting.send(found.pk, clerk=counter.clerk, address="10.0.0.1", now=clock.now())
    right = counter.codes[-1]
    with pytest.raises(CodeWrong):
        counter.consents(found.pk, f"{(int(right) + 1) % 10**6:06d}")
    with pytest.raises(CodeOver):  # the clerk knows the code, and not whose challenge it is of
        signing_in.by_browser(str(found.pk), right, label="x", address="10.0.0.2", now=clock.now())
    stranger = seat((roles.CLERK, counter.pool)).person
    with pytest.raises(AssistUnknown):
        consenting.by_code(found.pk, right, clerk=stranger, address="10.0.0.1", now=clock.now())
    session = counter.consents(found.pk, right)
    with pytest.raises(AssistOver):
        counter.consents(found.pk, right)
    late = clock.now() + consenting.TIME_TO_ACT + timedelta(seconds=1)
    with pytest.raises(AssistOver):
        counter.does(doing.top_up, session, card, amount_fen=5_000, now=late)
    queries.end_late(late)
    assert AssistSession.objects.get(pk=session.pk).state == "ended"
    assert not TopUp.objects.filter(person=citizen.person).exists(), "nothing moved"


def test_each_look_up_is_kept_and_too_many_are_an_alarm(
    counter: Counter, province: Province
) -> None:
    citizen = province.citizen()
    for nobody in ("13900000000", "9999990212345678901", "", "'; DROP TABLE"):
        with pytest.raises(NobodyThere):
            counter.finds(nobody)
    mine = AuditEntry.objects.filter(act="assist_looked_up", actor_id=str(counter.clerk.pk))
    assert (mine.count(), mine.filter(subject="nobody").count()) == (4, 4)
    with pytest.raises(AssistReasonMissing):
        counter.finds(citizen.person.phone, "curious")
    with pytest.raises(NotAllowed):
        looking.find(
            citizen.person.phone, reason="top_up", pool=counter.pool + 1, clerk=counter.clerk,
            now=clock.now(),
        )  # fmt: skip
    with pytest.raises(OwnAccount):
        counter.finds(counter.clerk.phone)
    assert SecurityEvent.objects.filter(
        code="assist_own_account", actor_id=str(counter.clerk.pk)
    ).exists()
    first, second = counter.finds(citizen.person.phone), counter.finds(citizen.person.phone)
    first.refresh_from_db()
    assert (first.state, second.state) == ("ended", "asked"), "one citizen at a time"
    for _ in range(looking.LOOK_UPS - mine.count()):
        counter.finds(citizen.person.phone)
    with pytest.raises(TooManyLookUps):
        counter.finds(citizen.person.phone)
    assert mine.count() <= looking.LOOK_UPS
    with pytest.raises(DatabaseError) as said, transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            "UPDATE assisting_session SET citizen_id = clerk_id WHERE clerk_id = %s",
            [counter.clerk.pk],
        )
    assert isinstance(said.value.__cause__, psycopg.errors.CheckViolation)


def test_a_card_of_nobody_consents_by_being_read(counter: Counter, province: Province) -> None:
    citizen = province.citizen()
    held = Held.new(province, citizen, named=False)
    waiting = province.paid(citizen, held.chip)
    citizen.person.cards.update(holder=None)
    found = counter.finds(held.asn[1:])
    assert found.citizen_id is None
    with pytest.raises(ConsentOtherwise):
        consenting.send(found.pk, clerk=counter.clerk, address="10.0.0.1", now=clock.now())
    with pytest.raises(CardNotShown):  # it was read once, but not since
        consenting.by_card(found.pk, clerk=counter.clerk, now=clock.now())
    held.chip.line("!reset")
    assert held.talk.load(waiting).body["outcome"] == "loaded"
    session = consenting.by_card(found.pk, clerk=counter.clerk, now=clock.now())
    assert session.consent == "card"
    order = counter.does(doing.top_up, session, held.row, amount_fen=2_000)
    assert (order.person_id, order.card_id) == (None, held.row.pk)
    for act in (doing.report_lost, doing.ask_redemption):
        with pytest.raises(ActNotAllowed):
            counter.does(act, session, held.row)
