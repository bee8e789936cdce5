"""The inbox under attack and in need: floods cost little, keys are asked for once."""

from __future__ import annotations

import socket
from datetime import datetime, timedelta
from io import StringIO
from uuid import uuid4

import pytest
from django.core.management import CommandError, call_command
from django.test import Client

from accounts import clock, duties
from accounts.errors import NotAllowed
from accounts.models import AuditEntry, Duty, SecurityEvent
from gateway.payments import keys
from gateway.payments.models import ForgeryTally, KeySighting, MerchantAccount, Notice
from gateway.payments.notices import inbox, redriving, refusing
from tests.journeys.test_deciding import officer, order_at_the_channel_alone
from tests.support.campaign import size
from tests.support.channels import every_channel
from tests.support.province import Province, order_no
from tests.support.wallet import Push

FLOOD = size(2_100, 20_000)


@pytest.fixture
def account(province: Province) -> MerchantAccount:
    return MerchantAccount.objects.get(pool=province.pool)


@pytest.fixture
def push(province: Province) -> Push:
    """A genuine push of a placed order."""
    [one] = province.pay(province.order(province.citizen(), province.card()))
    return one


@pytest.fixture
def no_network(monkeypatch: pytest.MonkeyPatch) -> list[object]:
    """Every connection that is made while it lasts, none of which is let through."""
    tried: list[object] = []

    def refuse(self: socket.socket, address: object) -> None:
        tried.append(address)
        raise ConnectionRefusedError("no calls inside the handler")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    return tried


def changed(push: Push, **headers: str) -> Push:
    return Push(path=push.path, headers={**push.headers, **headers}, body=push.body)


def test_the_handler_calls_nobody(province: Province, push: Push, no_network: list[object]) -> None:
    assert province.deliver(push) == 200
    assert province.deliver(changed(push, **{"Wechatpay-Serial": "PUB_KEY_ID_0001"})) == 500
    assert province.deliver(changed(push, **{"Wechatpay-Nonce": "another"})) == 500
    assert no_network == []


def test_a_flood_of_forged_pushes_is_counted_and_sampled(
    province: Province, account: MerchantAccount, push: Push
) -> None:
    now = clock.now()
    headers = {**push.headers, "Wechatpay-Nonce": "forged"}
    for _ in range(FLOOD):
        assert not inbox.receive(account, headers, push.body, now=now)
    [tally] = ForgeryTally.objects.filter(merchant=account)
    assert (tally.verdict, tally.seen) == ("notice_signature_wrong", FLOOD)
    kept = Notice.objects.filter(merchant=account, verdict=tally.verdict).count()
    assert kept == tally.kept == refusing.KEPT_AN_HOUR + FLOOD // refusing.SAMPLED
    events = SecurityEvent.objects.filter(subject=account.merchant_no, code=tally.verdict)
    assert [event.facts["this_hour"] for event in events.order_by("id")] == [
        10**power for power in range(len(str(FLOOD)))
    ]
    assert province.deliver(push) == 200, "a genuine one still comes through"
    assert province.faults() == []


def test_another_hour_has_a_budget_of_its_own(
    province: Province, account: MerchantAccount, push: Push
) -> None:
    now = clock.now()
    for hours in (0, 1):
        for _ in range(25):
            inbox.receive(account, push.headers, b"{}", now=now + timedelta(hours=hours))
    # an hour later the signature is stale as well, so it has another verdict
    assert {row.seen for row in ForgeryTally.objects.filter(merchant=account)} == {25}
    assert Notice.objects.filter(merchant=account).count() == 2 * refusing.KEPT_AN_HOUR


def test_an_unknown_key_is_asked_for_once_in_its_window(
    province: Province, account: MerchantAccount, push: Push
) -> None:
    now = clock.now()
    unknown = {**push.headers, "Wechatpay-Serial": "PUB_KEY_ID_0000000000000000000000000009"}
    for _ in range(30):
        assert not inbox.receive(account, unknown, push.body, now=now)
    assert KeySighting.objects.filter(merchant=account).count() == 1
    duty = Duty.objects.get(kind="merchant.keys", subject_id=account.pk)
    assert duties.work_one("merchant.keys", account.pk, now)
    for _ in range(30):
        inbox.receive(account, unknown, push.body, now=now)
    duty.refresh_from_db()
    assert (duty.state, duty.due_at) == ("owed", now + keys.GAP), "refreshes keep their distance"
    assert not duties.work(now + keys.GAP / 2, kinds=["merchant.keys"])
    assert duties.work_one("merchant.keys", account.pk, now + keys.GAP)
    assert KeySighting.objects.filter(merchant=account).count() == 1


def test_invented_keys_cannot_hurry_us(province: Province, account: MerchantAccount) -> None:
    now = clock.now()
    asked = [keys.sighted(account, f"INVENTED_{number}", now=now) for number in range(200)]
    assert asked == [True] + [False] * 199, "one refresh for all of them"
    assert KeySighting.objects.filter(merchant=account).count() == keys.MOST_SIGHTINGS_A_WINDOW
    province.wallet.faults(no_answer=9)
    duties.work_one("merchant.keys", account.pk, now)
    province.wallet.behave()
    duty = Duty.objects.get(kind="merchant.keys", subject_id=account.pk)
    tried_again_at = duty.due_at
    assert tried_again_at > now
    assert not keys.sighted(account, "INVENTED_1", now=now), "nor hurry what keeps its schedule"
    duty.refresh_from_db()
    assert duty.due_at == tried_again_at
    duties.work_one("merchant.keys", account.pk, now)
    later = now + keys.WINDOW + timedelta(seconds=1)
    assert keys.sighted(account, "REAL", now=later)
    assert not keys.sighted(account, "REAL_2", now=later), "owed already"
    duty = Duty.objects.get(kind="merchant.keys", subject_id=account.pk)
    assert duty.due_at == later
    duties.work_one("merchant.keys", account.pk, later)
    assert keys.sighted(account, "REAL_3", now=later)
    duty.refresh_from_db()
    assert duty.due_at == later + keys.GAP, "refreshes keep their distance"


@pytest.mark.parametrize("knows_the_next", [False, True])
def test_a_flood_of_named_keys_does_not_keep_a_new_key_of_the_channels_from_us(
    province: Province, account: MerchantAccount, knows_the_next: bool
) -> None:
    """Who has no key can name any, the next one too: it costs the channel no more than the gap."""
    topup = province.order(province.citizen(), province.card())
    province.wallet.rotate_keys("certificate")
    [push] = province.pay(topup)
    fresh = push.headers["Wechatpay-Serial"]
    assert fresh not in account.platform_keys

    def flood(now: datetime) -> None:
        for number in range(3 * keys.MOST_SIGHTINGS_A_WINDOW):
            named = fresh if knows_the_next else f"PUB_KEY_ID_{number:028d}"
            forged = changed(push, **{"Wechatpay-Serial": named, "Wechatpay-Nonce": "forged"})
            assert not inbox.receive(account, forged.headers, push.body, now=now)

    now = clock.now()
    flood(now)
    duty = Duty.objects.get(kind="merchant.keys", subject_id=account.pk)
    province.wallet.faults(no_answer=9)
    for _ in range(9):
        duties.work_one("merchant.keys", account.pk, now)  # in vain: nothing new is told yet
    province.wallet.behave()
    duty.refresh_from_db()
    assert duty.state == "given_up"
    flood(now)
    assert not inbox.receive(account, push.headers, push.body, now=now), "not held yet"
    duty.refresh_from_db()
    assert (duty.state, duty.due_at) == ("owed", now + keys.GAP)
    assert duties.work_one("merchant.keys", account.pk, now + keys.GAP)
    account.refresh_from_db()
    assert fresh in account.platform_keys
    assert inbox.receive(account, push.headers, push.body, now=clock.now())
    assert province.faults() == []


def test_an_answer_under_an_unknown_key_refreshes_once_and_is_not_believed(
    province: Province, account: MerchantAccount
) -> None:
    topup = province.order(province.citizen(), province.card())
    province.pay(topup)
    province.wallet.faults(answer_unknown_serial={"times": 3, "on": "query"})
    for _ in range(3):
        province.ask(topup)
    assert province.payment(topup).state == "offered", "nothing is believed under it"
    alarms = SecurityEvent.objects.filter(
        subject=account.merchant_no, code="channel_key_unknown", facts__has_key="key_id"
    )
    assert alarms.count() == 1, "one alarm and one refresh, three answers"
    province.ask(topup)
    assert province.payment(topup).state == "confirmed"


def test_forged_messages_without_form_ask_for_no_key(
    province: Province, account: MerchantAccount, push: Push
) -> None:
    serial = {"Wechatpay-Serial": "PUB_KEY_ID_0000000000000000000000000008"}
    for cheap in (
        {"Wechatpay-Timestamp": "1000000000"},
        {"Wechatpay-Signature": "not base64"},
        {"Wechatpay-Signature": "WECHATPAY/SIGNTEST/x"},
        {"Wechatpay-Nonce": ""},
    ):
        assert province.deliver(changed(push, **serial, **cheap)) == 500
    assert not KeySighting.objects.filter(merchant=account).exists()
    assert not Duty.objects.filter(kind="merchant.keys", subject_id=account.pk).exists()


@every_channel
def test_a_parked_notice_is_taken_up_when_its_order_appears(
    province: Province, account: MerchantAccount
) -> None:
    stray = f"stray{uuid4().hex[:20]}"
    [push] = order_at_the_channel_alone(province, stray)
    assert province.deliver(push) == 200
    notice = Notice.objects.get(order_no=stray)
    duties.work_one("notice.apply", notice.id, clock.now())
    notice.refresh_from_db()
    assert notice.state == "parked"
    far = clock.now() + timedelta(days=1)
    Duty.objects.filter(kind="notice.apply", subject_id=notice.id).update(due_at=far)
    inbox.order_appeared(account.pk, stray, now=clock.now())
    duty = Duty.objects.get(kind="notice.apply", subject_id=notice.id)
    assert duty.due_at <= clock.now()


def test_an_officer_redrives_by_order_by_id_and_by_time(
    province: Province, account: MerchantAccount
) -> None:
    topup = province.order(province.citizen(), province.card())
    began = clock.now()
    [push] = province.pay(topup)
    assert province.deliver(push) == 200
    assert province.deliver(changed(push, **{"Wechatpay-Nonce": "forged"})) == 500
    duties.work(clock.now(), kinds=["notice.apply", "payment.query"])
    assert province.payment(topup).state == "confirmed"
    finance = officer(province)
    genuine = Notice.objects.get(order_no=order_no(topup))
    assert redriving.by_order(
        order_no(topup), officer=finance, now=clock.now()
    ) == redriving.Redriven(owed=1)
    assert redriving.by_id([genuine.id], officer=finance, now=clock.now()).owed == 1
    until = clock.now() + timedelta(seconds=1)
    done = redriving.by_time(began, until, officer=finance, now=clock.now(), pool=province.pool)
    assert done == redriving.Redriven(owed=1, refused=1)
    duties.work(clock.now(), kinds=["notice.apply", "payment.query"])
    assert province.balance_fen("unloaded_orders", topup["id"]) == 5_000, "booked once"
    assert AuditEntry.objects.filter(act="notices_redriven", actor_id=str(finance.pk)).count() == 3
    for stranger in (officer(province, "clerk"), officer(province, "auditor")):
        with pytest.raises(NotAllowed):
            redriving.by_order(order_no(topup), officer=stranger, now=clock.now())
    assert province.faults() == []


def test_what_was_signed_under_a_key_we_learned_later_is_believed_after_all(
    province: Province, account: MerchantAccount
) -> None:
    topup = province.order(province.citizen(), province.card())
    [push] = province.pay(topup)
    known = account.platform_keys
    MerchantAccount.objects.filter(pk=account.pk).update(platform_keys={})
    assert province.deliver(push) == 500
    refused = Notice.objects.get(merchant=account, verdict="channel_key_unknown")
    finance = officer(province)
    assert redriving.by_id([refused.id], officer=finance, now=clock.now()).refused == 1
    MerchantAccount.objects.filter(pk=account.pk).update(platform_keys=known)
    assert redriving.by_id([refused.id], officer=finance, now=clock.now()).believed == 1
    duties.work(clock.now(), kinds=["notice.apply", "payment.query"])
    assert province.payment(topup).state == "confirmed"
    refused.refresh_from_db()
    assert (refused.state, refused.verdict) == ("refused", "channel_key_unknown"), "as it came"
    assert redriving.by_id([refused.id], officer=finance, now=clock.now()).believed == 1
    assert Notice.objects.filter(order_no=order_no(topup)).count() == 1
    assert province.faults() == []


def test_the_command_needs_an_officer_and_says_what_it_did(province: Province, push: Push) -> None:
    assert province.deliver(push) == 200
    notice = Notice.objects.filter(merchant__pool=province.pool).get()
    finance, out = officer(province), StringIO()
    words = ["redrive_notices", "--officer", str(finance.pk)]
    call_command(*words, "--id", str(notice.id), stdout=out)
    assert out.getvalue().startswith("owed again 1,")
    for wrong in (
        words,
        [*words, "--since", "2026-11-22T00:00:00", "--until", "2026-11-23T00:00:00"],
        ["redrive_notices", "--officer", str(uuid4()), "--id", str(notice.id)],
    ):
        with pytest.raises(CommandError):
            call_command(*wrong, stdout=out)


def test_a_push_to_nobody_is_not_kept(province: Province, push: Push) -> None:
    before = Notice.objects.count()
    path = f"/callbacks/wechatpay/{uuid4()}"
    response = Client().post(path, push.body, content_type="application/json")
    assert response.status_code == 404
    assert Notice.objects.count() == before
