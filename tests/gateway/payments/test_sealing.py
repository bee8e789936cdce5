"""A sealed day of the inbox shows every later change, takes no more, and goes only when old."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from io import StringIO
from typing import Any
from uuid import uuid4

import psycopg
import pytest
from django.core.management import CommandError, call_command
from django.db import IntegrityError, connection, transaction

from accounts import clock
from accounts.identifiers import new_id
from gateway import retention
from gateway.payments.models import MerchantAccount, Notice, NoticePurge, NoticeSeal
from gateway.payments.notices import sealing

DAY = date(2021, 3, 4)
NOON = datetime(2021, 3, 4, 4, 0, tzinfo=UTC)
OLD, OLD_NOON = date(2014, 3, 4), datetime(2014, 3, 4, 4, 0, tzinfo=UTC)
LATER = NOON + timedelta(days=30)

pytestmark = pytest.mark.django_db


def account() -> MerchantAccount:
    return MerchantAccount.objects.create(
        id=uuid4(),
        channel="wechatpay",
        pool=900_001,
        merchant_no=uuid4().hex,
        app_no="wx0",
        base_url="https://api.example",
        notify_base_url="https://us.example",
        signing_serial="1",
        signing_key_secret="none",
        open_for_payments=False,
    )


def notices(of: MerchantAccount, *moments: datetime) -> list[Notice]:
    rows = [
        Notice(
            id=new_id(moment),
            merchant=of,
            verdict="genuine",
            headers={"B": "2", "A": "1"},
            body=b"{}" + bytes([place]),
            key_id="K1",
            nonce=uuid4().hex,
            signed_at=moment,
            notice_no=f"n{place}",
            order_no=f"o{place}",
            fact={"state": "paid", "amount_fen": 5},
            received_at=moment,
        )
        for place, moment in enumerate(moments)
    ]
    return Notice.objects.bulk_create(rows)


def test_a_day_is_sealed_by_the_hour_and_chained_to_the_day_before() -> None:
    rows = notices(account(), NOON, NOON + timedelta(minutes=5), NOON + timedelta(hours=3))
    first = sealing.seal(DAY, now=LATER)
    assert (first.count, [hour[:2] for hour in first.hours]) == (3, [[12, 2], [15, 1]])
    second = sealing.seal(DAY + timedelta(days=1), now=LATER)
    assert (second.count, second.previous_day) == (0, DAY)
    assert bytes(second.previous_chain) == bytes(first.chain)
    assert sealing.seal(DAY, now=LATER + timedelta(days=1)).sealed_at == LATER, "once"
    assert list(sealing.verify(DAY, DAY)) == []
    assert sealing.root_of(DAY).root == bytes(first.root)
    rows[0].state = "applied"
    Notice.objects.filter(pk=rows[0].pk).update(deliveries=7)
    assert list(sealing.verify(DAY, DAY)) == [], "what may still move is not sealed"


def test_a_day_that_is_not_over_is_not_sealed() -> None:
    for now in (NOON, datetime(2021, 3, 4, 16, 30, tzinfo=UTC)):
        with pytest.raises(ValueError, match="not over"):
            sealing.seal(DAY, now=now)
    assert not NoticeSeal.objects.filter(day=DAY).exists()


def test_a_sealed_day_takes_no_more_notices() -> None:
    of = account()
    sealing.seal(DAY, now=LATER)
    with pytest.raises(IntegrityError, match="sealed"), transaction.atomic():
        notices(of, NOON)
    notices(of, NOON + timedelta(days=1))


@pytest.mark.parametrize(
    "change",
    [
        {"body": b"{ }"},
        {"headers": {"A": "1", "B": "3"}},
        {"verdict": "notice_stale"},
        {"key_id": "K2"},
        {"order_no": "o9"},
        {"fact": {"state": "paid", "amount_fen": 6}},
        {"signed_at": NOON + timedelta(seconds=1)},
        {"nonce": "other"},
    ],
    ids=lambda change: next(iter(change)),
)
def test_every_changed_field_shows_and_names_its_hour(change: dict[str, object]) -> None:
    rows = notices(account(), NOON, NOON + timedelta(hours=1))
    sealing.seal(DAY, now=LATER)
    assert sealing.leaf(rows[1]) == sealing.leaf(Notice.objects.get(pk=rows[1].pk))
    before = sealing.leaf(rows[1])
    for name, value in change.items():
        setattr(rows[1], name, value)
    assert sealing.leaf(rows[1]) != before


def test_removed_or_changed_rows_are_found(owner_connection: psycopg.Connection) -> None:
    of = account()
    rows = notices(of, NOON, NOON + timedelta(hours=1))
    sealing.seal(DAY, now=LATER)
    seal = NoticeSeal.objects.get(day=DAY)
    wrong = [[12, 2, seal.hours[0][2]], seal.hours[1]]
    told = NoticeSeal(
        **{name: getattr(seal, name) for name in ("day", "count", "root", "chain", "sealed_at")},
        hours=wrong,
    )
    [finding] = sealing._differences(_grown(told))
    assert finding.what == "hour 12 differs: 2 sealed, 1 stored"
    assert rows


def _grown(seal: NoticeSeal) -> NoticeSeal:
    seal.count += 1
    return seal


@pytest.mark.parametrize(
    "act",
    [
        "UPDATE payments_notice_seal SET count = 0",
        "DELETE FROM payments_notice_seal",
        "DELETE FROM payments_notice",
        "TRUNCATE payments_notice",
        "INSERT INTO payments_notice_purge VALUES ('2021-03-04', 1, now())",
        "DELETE FROM payments_notice_purge",
    ],
)
def test_the_service_role_can_neither_change_seals_nor_remove_notices(
    act: str, service_connection: psycopg.Connection
) -> None:
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        service_connection.execute(act)


def test_only_old_sealed_days_are_purged_and_the_chain_stays_whole(settings: Any) -> None:
    settings.NOTICES_KEPT_DAYS = 5 * 366
    of = account()
    notices(of, OLD_NOON)
    fresh = clock.now() - timedelta(days=200)
    [kept] = notices(of, fresh)
    sealing.seal(OLD, now=LATER)
    sealing.seal(clock.business_day(fresh), now=clock.now())
    with connection.cursor() as cursor:
        for day, days in ((OLD + timedelta(days=1), 200), (OLD, 100), (kept_day(kept), 365)):
            with pytest.raises(IntegrityError), transaction.atomic():
                cursor.execute("SELECT payments_purge_notices(%s, %s)", [day, days])
    assert OLD in sealing.purge(clock.now())
    assert not Notice.objects.filter(merchant=of, received_at=OLD_NOON).exists()
    assert Notice.objects.filter(pk=kept.pk).exists()
    assert NoticePurge.objects.get(day=OLD).count == 1
    assert [one for one in sealing.verify() if one.day == OLD] == []
    assert OLD not in sealing.purge(clock.now()), "once"


def test_by_hand_no_sealed_day_goes_before_its_years() -> None:
    """R24: the service role calls the function itself, with a time of its own choice."""
    day = date(clock.business_day(clock.now()).year - sealing.kept_years(), 1, 1)
    [kept] = notices(account(), datetime(day.year, 1, 1, 4, 0, tzinfo=UTC))
    sealing.seal(day, now=clock.now())
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_user")
        assert cursor.fetchone()[0] == "gateway_service"
        for days in (180, 3_650):
            with pytest.raises(IntegrityError, match="retention"), transaction.atomic():
                cursor.execute("SELECT payments_purge_notices(%s, %s)", [day, days])
    assert Notice.objects.filter(pk=kept.pk).exists()
    assert not NoticePurge.objects.filter(day=day).exists()
    assert day not in sealing.purge(clock.now())


def test_the_databases_years_are_those_of_the_class() -> None:
    kept = retention.class_of("payments_notice")
    assert kept is not None
    assert sealing.kept_years() == kept.years


def kept_day(notice: Notice) -> date:
    return clock.business_day(notice.received_at)


def test_the_command_tells_auditors() -> None:
    notices(account(), NOON)
    sealing.seal(DAY, now=LATER)
    out = StringIO()
    call_command("verify_notices", "--since", "2021-03-01", "--until", "2021-03-09", stdout=out)
    assert "as it was sealed" in out.getvalue()


def test_a_forged_seal_fails_the_command(monkeypatch: pytest.MonkeyPatch) -> None:
    notices(account(), NOON)
    sealing.seal(DAY, now=LATER)
    real = sealing.leaf
    monkeypatch.setattr(sealing, "leaf", lambda notice: real(notice)[::-1])
    out = StringIO()
    with pytest.raises(CommandError, match="1 differences"):
        call_command("verify_notices", "--since", "2021-03-04", "--until", "2021-03-04", stdout=out)
    assert "2021-03-04: hour 12 differs: 1 sealed, 1 stored" in out.getvalue()
