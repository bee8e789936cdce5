"""What our rooms know reaches matching by itself and once; what commits late is not missed."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import timedelta
from uuid import UUID

import psycopg
import pytest
from django.db import connection, connections, transaction
from django.db.models import Max

from accounts import clock, trail
from accounts.actors import WORKER
from accounts.identifiers import new_id
from accounts.models import Duty, Transition
from gateway.payments.models import Bill, BillLine, MerchantAccount
from gateway.reconciliation import services, trail_position
from gateway.reconciliation.acting import ask_channel, fetch_bill, refund_payer
from gateway.reconciliation.models import Watermark
from gateway.reconciliation.tasks import reconcile_at
from reserve_funds.custody.matching.explaining import explain
from reserve_funds.custody.matching.models import Line
from reserve_funds.custody.matching.queries import differences
from reserve_funds.custody.matching.values import Side
from tests.support.province import Province, order_no, payment_id
from tests.support.talk import Talk


def sides(province: Province) -> dict[tuple[str, str], int]:
    """The current lines of this province's pool: side and standing, and what they come to."""
    found: dict[tuple[str, str], int] = {}
    for line in Line.objects.filter(pool=province.pool, is_current=True):
        told = (line.side, line.standing)
        found[told] = found.get(told, 0) + line.amount_fen
    return found


def brought() -> None:
    """Everything there is now is delivered, however long others' transactions hold it back."""
    goal = Transition.objects.aggregate(highest=Max("id"))["highest"]
    for _ in range(600):
        services.bring()
        if Watermark.objects.get(pk=trail_position.TRAIL).position >= goal:
            return
        time.sleep(0.2)
    raise AssertionError(f"the trail was never safe up to {goal}")


def billed(province: Province, topup: dict) -> Bill:
    """The channel's bill of the day with this payment, as if it had been fetched."""
    payment = province.payment(topup)
    now = clock.now()
    bill = Bill.objects.create(
        id=new_id(now), merchant=payment.merchant, channel=payment.channel, pool=payment.pool,
        day=payment.settlement_day, expected_at=now,
    )  # fmt: skip
    BillLine.objects.bulk_create([
        BillLine(
            id=new_id(now), bill=bill, line_no=1, kind="payment", at=payment.paid_at,
            order_no=payment.order_no, transaction_no=payment.transaction_no, raw_state="SUCCESS",
            app_no="", amount_fen=payment.paid_fen, settled_fen=payment.paid_fen,
            fee_in_100000=30_000,
        )
    ])  # fmt: skip
    trail.advance(bill, to="stored", actor=WORKER, because="a test has it", now=now, lines=1)
    return bill


def test_an_order_s_life_is_one_story_on_every_side(province: Province) -> None:
    citizen = province.citizen()
    talk = Talk(citizen=citizen, card=province.card())
    topup = province.paid(citizen, talk.card)
    brought()
    assert sides(province) == {("order", "stands"): 5_000}
    assert talk.load(topup).body["outcome"] == "loaded"
    billed(province, topup)
    brought()
    reconcile_at(clock.now())
    assert sides(province) == {
        ("order", "stands"): 5_000,
        ("card", "stands"): 5_000,
        ("bill", "stands"): 5_000,
    }
    story = explain(Side.ORDER, payment_id(topup))
    assert [each.side.value for each in story.facts] == ["order", "bill", "card"]
    assert story.facts[0].key == order_no(topup)
    assert differences(province.pool, now=clock.now()) == []
    before = Line.objects.filter(pool=province.pool).count()
    brought()
    reconcile_at(clock.now())
    assert Line.objects.filter(pool=province.pool).count() == before


def test_a_load_in_doubt_is_under_way_until_the_card_is_seen(province: Province) -> None:
    citizen = province.citizen()
    talk = Talk(citizen=citizen, card=province.card())
    topup = province.paid(citizen, talk.card)
    assert talk.load(topup, tear="after").body["outcome"] == "in_doubt"
    brought()
    assert sides(province)[("card", "pending")] == 5_000
    talk.show()
    brought()
    assert sides(province) == {("order", "stands"): 5_000, ("card", "stands"): 5_000}


@pytest.fixture
def slow() -> Iterator[psycopg.Connection]:
    """Somebody else's connection, as the service."""
    settings = connections["default"].settings_dict
    with psycopg.connect(
        host=settings["HOST"], port=settings["PORT"] or None, user=settings["USER"],
        password=settings["PASSWORD"], dbname=settings["NAME"],
    ) as one:  # fmt: skip
        yield one
        one.rollback()


def test_a_move_that_commits_late_is_not_missed(
    province: Province, slow: psycopg.Connection
) -> None:
    brought()
    told = (
        "INSERT INTO accounts_transition (kind, subject_id, from_state, to_state, actor_kind,"
        " actor_id, because, moved_at) VALUES ('payment', %s, 'offered', 'confirmed', 'worker',"
        " 'w', 'slow', now()) RETURNING id"
    )
    late = slow.execute(told, [new_id(clock.now())]).fetchone()[0]
    province.paid(province.citizen(), province.card())
    latest = Transition.objects.order_by("-id").first()
    assert latest is not None
    assert latest.id > late
    services.bring()
    assert Watermark.objects.get(pk=trail_position.TRAIL).position < late
    slow.commit()
    brought()
    assert sides(province) == {("order", "stands"): 5_000}
    assert Watermark.objects.get(pk=trail_position.TRAIL).position >= late


def test_a_watermark_of_another_cluster_is_set_anew(province: Province) -> None:
    brought()
    Watermark.objects.filter(pk=trail_position.TRAIL).update(pending=10**15, horizon=10**15)
    province.paid(province.citizen(), province.card())
    brought()
    assert sides(province) == {("order", "stands"): 5_000}


def test_two_who_bring_at_once_bring_once(province: Province, slow: psycopg.Connection) -> None:
    province.paid(province.citizen(), province.card())
    slow.execute("SELECT pg_advisory_xact_lock(1919116399)")
    assert services.bring() == 0
    assert sides(province) == {}
    slow.commit()
    brought()
    assert sides(province) == {("order", "stands"): 5_000}


def owed(kind: str, subject: UUID) -> bool:
    return Duty.objects.filter(kind=kind, subject_id=subject, state="owed").exists()


def test_what_two_officers_ask_for_is_owed(province: Province) -> None:
    topup = province.paid(province.citizen(), province.card())
    bill = billed(province, topup)
    brought()
    reconcile_at(clock.now())
    now = clock.now() + timedelta(seconds=1)
    lines = list(Line.objects.filter(pool=province.pool, is_current=True))
    for act in (ask_channel, fetch_bill, refund_payer):
        with transaction.atomic():
            act(lines, now=now)
    assert owed("bill.look_again", bill.pk)
    assert owed("bill.fetch", bill.pk)
    assert owed("topup.return", UUID(topup["id"]))
    assert not owed("payment.look_again", payment_id(topup)), "it is booked: nothing to ask"
    assert MerchantAccount.objects.filter(pool=province.pool).exists()
    assert connection.get_autocommit()
