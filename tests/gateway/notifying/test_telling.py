"""A citizen is told of each fact once: in the app always, by short message when they must act."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import transaction

from accounts import clock, duties, roles, trail
from accounts.actors import SYSTEM
from accounts.identifiers import new_id
from accounts.models import Operator, Person, TransitCard
from gateway.assisting.models import AssistAct, AssistSession
from gateway.card_service.models import Departure, LossReport
from gateway.messages import port
from gateway.messages.errors import MessageDoubtful
from gateway.notifying import catalogue, keeping, queries, quiet, telling, texting
from gateway.notifying.errors import NoticeUnknown
from gateway.notifying.models import Notice, TextMessage
from gateway.topup.models import TopUp
from tests.gateway.bulk.world import NAME, a_claim
from tests.gateway.events import scene
from tests.gateway.web.citizens import Pigeon
from tests.support.officers import seat

MINUTE = timedelta(minutes=1)


@pytest.fixture
def phone() -> Iterator[Pigeon]:
    before, employed = port.in_use(), Pigeon()
    port.employ(employed)
    yield employed
    port.employ(before)


@pytest.fixture
def operator(db: None) -> Operator:
    return scene.an_operator()


def noon() -> datetime:
    """Never quiet, and news by the trail's own clock."""
    return clock.now()


def tell(topup: TopUp) -> int:
    return telling.tell("topup", {topup.pk}, now=noon())


def told(person: Person) -> list[str]:
    return list(Notice.objects.filter(person=person).order_by("id").values_list("kind", flat=True))


def loaded(operator: Operator, *, doubt: bool = False) -> TopUp:
    topup = scene.a_topup(operator)
    scene.pay(topup)
    scene.move(topup, "loading", *(["in_doubt"] if doubt else []), "loaded")
    return topup


def test_each_fact_is_told_once_and_in_both_languages(operator: Operator) -> None:
    topup = scene.a_topup(operator)
    with transaction.atomic():
        scene.pay(topup)
        transaction.set_rollback(True)
    assert tell(topup) == 0, "what did not happen is not told"
    topup.refresh_from_db()
    scene.pay(topup)
    assert "notifying.topup" in trail.told_of("topup", "paid"), "owed by the same commit"
    assert duties.work_one("notifying.topup", topup.pk, clock.now())
    scene.move(topup, "loading", "in_doubt", "loaded")
    assert (tell(topup), tell(topup)) == (2, 0)
    person = topup.person
    assert person is not None
    assert told(person) == ["topup_paid", "topup_in_doubt", "topup_loaded"]
    newest = queries.of_person(person)[1]
    zh, en = queries.said(newest, "zh"), queries.said(newest, "en")
    assert "再贴一次" in zh.text
    assert "once more" in en.text
    whole = str(topup.card.asn)
    for text in (zh.text, en.text, str(newest.facts)):
        assert f"···{whole[-4:]}" in text
        assert whole[1:] not in text


def test_many_are_told_in_a_handful_of_questions(
    operator: Operator, django_assert_max_num_queries: Any
) -> None:
    few, many = [loaded(operator)], [loaded(operator, doubt=True) for _ in range(12)]
    for group, notices in ((few, 2), (many, 36)):
        with django_assert_max_num_queries(10):
            assert telling.tell("topup", {one.pk for one in group}, now=noon()) == notices


def test_what_is_long_past_is_no_news(operator: Operator) -> None:
    topup = loaded(operator)
    assert telling.tell("topup", {topup.pk}, now=clock.now() + timedelta(days=4)) == 0


def test_a_message_goes_out_for_the_urgent_or_who_wants_it(
    operator: Operator, phone: Pigeon, settings: Any
) -> None:
    settings.NOTICE_QUIET_HOURS = None
    plain, keen = loaded(operator, doubt=True), loaded(operator)
    assert plain.person is not None
    assert keen.person is not None
    queries.prefer(keen.person, sms_all=True, language="en")
    for topup in (plain, keen):
        tell(topup)
    assert texting.send_due(clock.now()) == 3
    assert texting.send_due(clock.now()) == 0, "at most one message a fact"
    by_phone = {
        one.pk: [sent.template for sent in phone.carried if sent.phone == one.phone]
        for one in (plain.person, keen.person)
    }
    assert by_phone[plain.person.pk] == ["notice_topup_in_doubt"]
    assert by_phone[keen.person.pk] == ["notice_topup_paid_en", "notice_topup_loaded_en"]
    assert phone.carried[0].filled.keys() == {"amount", "card"}
    assert plain.person.phone not in repr(phone.carried)


def test_quiet_hours_hold_back_what_is_not_urgent(operator: Operator, settings: Any) -> None:
    topup = loaded(operator, doubt=True)
    assert topup.person is not None
    queries.prefer(topup.person, sms_all=True, language="zh")
    here = clock.now()
    local = here + timedelta(hours=8)
    hours = f"{local - MINUTE:%H:%M}-{local + timedelta(hours=3):%H:%M}"
    settings.NOTICE_QUIET_HOURS = quiet.read(hours)
    telling.tell("topup", {topup.pk}, now=here)
    due = dict(TextMessage.objects.values_list("notice__kind", "due_at"))
    assert due["topup_in_doubt"] == here
    assert due["topup_loaded"] > here + timedelta(hours=2)


def test_silence_and_death_send_nothing_twice_and_a_flood_is_cut(
    operator: Operator, phone: Pigeon, settings: Any
) -> None:
    settings.NOTICE_QUIET_HOURS = None
    topup = loaded(operator, doubt=True)
    tell(topup)
    phone.fails = MessageDoubtful
    assert texting.send_due(clock.now()) == 0
    assert texting.send_due(clock.now() + timedelta(hours=1)) == 0
    assert len(phone.carried) == 1
    text = TextMessage.objects.get()
    assert (text.state, text.reason) == ("doubtful", "message_doubtful")
    TextMessage.objects.update(state="sending", tried_at=clock.now() - timedelta(hours=1))
    texting.send_due(clock.now())
    assert TextMessage.objects.get().reason == "worker_died"
    phone.fails = None
    queries.prefer(topup.person, sms_all=True, language="zh")  # type: ignore[arg-type]
    for _ in range(texting.PER_PHONE_AND_DAY + 1):
        scene.move(topup, "paid", "loading", "loaded")
        tell(topup)
    texting.send_due(clock.now())
    assert len(phone.carried) == 1 + texting.PER_PHONE_AND_DAY
    assert TextMessage.objects.filter(reason="budget_spent").count() == 1
    assert Notice.objects.filter(kind="topup_loaded").count() > texting.PER_PHONE_AND_DAY


def test_losses_and_departures_tell_their_holder(operator: Operator) -> None:
    topup, now = scene.a_topup(operator), clock.now()
    card, person = topup.card, topup.person
    assert person is not None
    TransitCard.objects.filter(pk=card.pk).update(named=True)
    report = LossReport.objects.create(
        id=new_id(now), pool=topup.pool, card=card, person=person, reported_at=now,
        in_force_at=now + timedelta(hours=24),
    )  # fmt: skip
    advance(card, "lost")
    advance(report, "in_force")
    leaving = Departure.objects.create(
        id=new_id(now), kind="redemption", why="lost", pool=topup.pool, card=card, person=person,
        asked_at=now, amount_fen=3_750,
    )  # fmt: skip
    advance(leaving, "waiting", "moved", "proposed", "paying", "settled")
    for subject, one in (("transit_card", card), ("loss_report", report), ("departure", leaving)):
        telling.tell(subject, {one.pk}, now=noon())
    assert told(person) == [
        "loss_reported", "loss_in_force", "redemption_approved", "redemption_paid",
    ]  # fmt: skip
    first = queries.said(queries.of_person(person).last(), "zh")  # type: ignore[arg-type]
    assert f"{report.in_force_at + timedelta(hours=8):%m-%d %H:%M} 起生效" in first.text
    assert all(catalogue.BY_NAME[one].urgent for one in told(person) if "approved" not in one)


def test_an_employee_is_told_of_the_employer_and_never_of_a_refund(operator: Operator) -> None:
    mine, other = scene.a_topup(operator), scene.a_topup(operator)
    claim = a_claim(mine.card, clock.now())
    assert mine.person is not None
    TopUp.objects.filter(pk=claim.pk).update(person=mine.person)
    claim.refresh_from_db()
    for one in (claim, other):
        if one is other:
            scene.pay(one)
        advance(one, "refunding", "paid", "refunding", "refunded")
        tell(one)
    assert told(mine.person) == ["claim_given", "claim_returned"], "once, though it came back once"
    assert told(other.person) == ["topup_paid", "topup_refunded"]  # type: ignore[arg-type]
    for language, word in (("zh", "已退回单位"), ("en", "went back to them")):
        said = queries.said(queries.of_person(mine.person)[0], language)
        assert NAME in said.text
        assert word in said.text
    assert not catalogue.BY_NAME["claim_given"].urgent


def test_what_a_clerk_did_is_told_once_and_what_nobody_consented_to_is_not(
    operator: Operator,
) -> None:
    topup, now = scene.a_topup(operator), clock.now()
    assert topup.person is not None
    clerk = seat((roles.CLERK, topup.pool)).person
    for acts, opened in ((2, True), (0, True), (0, False)):
        one = AssistSession.objects.create(
            id=new_id(now), pool=topup.pool, clerk=clerk, citizen=topup.person, consent="phone",
            reason="top_up", asked_at=now, ends_at=now + timedelta(minutes=5),
        )  # fmt: skip
        for _ in range(acts):
            AssistAct.objects.create(
                id=new_id(now), session=one, act="assisted_top_up", subject_id=topup.pk, done_at=now
            )
        advance(one, *(["open"] if opened else []), "ended")
        assert "notifying.assist_session" in trail.told_of("assist_session", "ended")
        assert duties.work_one("notifying.assist_session", one.pk, clock.now())
        telling.tell("assist_session", {one.pk}, now=noon())
    assert told(topup.person) == ["assist_done", "assist_looked"]
    done, looked = Notice.objects.filter(person=topup.person).order_by("id")
    assert "代办了 2 件事" in queries.said(done, "zh").text
    assert [one.urgent for one in TextMessage.objects.filter(notice=done)] == [True]
    assert not TextMessage.objects.filter(notice=looked).exists()
    assert told(clerk) == []


def test_they_are_read_by_their_own_citizen_and_go_with_them(operator: Operator) -> None:
    mine, theirs = loaded(operator), loaded(operator)
    tell(mine)
    tell(theirs)
    assert mine.person is not None
    assert theirs.person is not None
    [other, _] = queries.of_person(theirs.person)
    with pytest.raises(NoticeUnknown):
        queries.mark_read(mine.person, now=clock.now(), notice_id=other.pk)
    assert queries.unread_count(mine.person) == 2
    assert queries.mark_read(mine.person, now=clock.now()) == 2
    assert (queries.unread_count(mine.person), queries.unread_count(theirs.person)) == (0, 2)
    keeping.Notices().forget(mine.person, clock.now())
    assert told(mine.person) == []
    assert keeping.forget_old(clock.now() + timedelta(days=401)) >= 2
    assert not Notice.objects.exists()


def advance(subject: Any, *states: str) -> None:
    for state in states:
        trail.advance(subject, to=state, actor=SYSTEM, because="a test", now=clock.now())
