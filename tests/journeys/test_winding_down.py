"""R23 where money comes in other ways than a top-up: a shop, an enterprise, a wallet, a deposit."""

from __future__ import annotations

import io
from typing import Any

import psycopg
import pytest
from django.db import transaction

from accounts import clock, duties
from accounts.identifiers import new_id
from gateway.bulk import funding, ordering, taking
from gateway.kiosk import shops
from reserve_funds import postings
from reserve_funds.custody.rules import winding
from reserve_funds.errors import PoolWindingDown
from reserve_funds.ledger import book, pools, queries
from reserve_funds.ledger.values import Posting
from tests.gateway.bulk.sheets import text
from tests.gateway.bulk.world import NAME, PAYER_NO, World
from tests.support.kiosks import Standing
from tests.support.province import Province

POST_ONE = (
    "SELECT ledger.post_one(%s::int, 1::smallint, %s::uuid, %s, %s::smallint, %s, %s::smallint,"
    " %s, %s, %s, NULL, NULL)"
)


def received(pool: int, fen: int) -> Any:
    """A channel's payment, of nobody's order yet: a fact, bookable for ever."""
    paid, now = new_id(clock.now()), clock.now()
    book.post([
        postings.payment_confirmed(pool, paid, channel="wechatpay",
                                   settlement_day=clock.business_day(now), amount_fen=fen,
                                   event_at=now)
    ])  # fmt: skip
    return paid


def allocated(pool: int, fen: int, kind: str, owner: str) -> Posting:
    return postings.allocated_to(
        pool, received(pool, fen), postings.account(kind, owner), amount_fen=fen,
        event_at=clock.now(),
    )  # fmt: skip


def by_hand(connection: psycopg.Connection, wanted: Posting) -> None:
    """As the service role, and past every room: the book itself says no."""
    with pytest.raises(psycopg.Error, match="is being wound down") as said:
        connection.execute(
            POST_ONE,
            [wanted.pool, wanted.id, wanted.code, wanted.debit.in_chart.number,
             wanted.debit.owner, wanted.credit.in_chart.number, wanted.credit.owner,
             wanted.amount_fen, wanted.event_at],
        )  # fmt: skip
    assert said.value.sqlstate == "LG018"
    connection.rollback()


def test_no_prepayment_no_deposit_and_no_enterprises_order_is_taken_on(
    province: Province, tmp_path: Any, monkeypatch: pytest.MonkeyPatch,
    service_connection: psycopg.Connection,
) -> None:  # fmt: skip
    monkeypatch.setenv("KEPT_FILES_DIR", str(tmp_path))
    pool, world = province.pool, World.of(province)
    kiosk, card = Standing.new(province, quota_fen=10_000), province.card()
    now = clock.now()
    shops.entrust(kiosk.kiosk, "corner-shop", by=kiosk.first, now=now)
    book.post([allocated(pool, 6_000, "agent_deposit", "corner-shop")])
    row = ("张三", card.state.asn[1:], "50")
    drafted, asked, approved = (
        world.brings(row, content=text([row, (str(n), "1", "1")])) for n in range(3)
    )
    asking = ordering.ask(asked.pk, maker=world.maker, now=now)
    words = ordering.ask(approved.pk, maker=world.maker, now=now)
    ordering.approve(words.pk, checker=world.checker, now=now)
    (reading,) = world.bank.line(
        approved.amount_fen, counterparty_no=PAYER_NO, counterparty_name=NAME
    ).book()

    word = winding.ask(pool=pool, from_day=pools.open_day(pool), because="licence ends",
                       maker=world.maker, now=now)  # fmt: skip
    winding.approve(word.id, checker=world.checker, now=now)

    said = kiosk.slot(card)
    assert (said.status, said.body["code"]) == (409, PoolWindingDown.code), said.body
    orders = [received(pool, 500) for _ in range(4)]
    for source, kind in zip(orders, ("agent_deposit", "wallet", "deposits_held"), strict=False):
        wish = postings.allocated_to(
            pool, source, postings.account(kind, "somebody"), amount_fen=500, event_at=now
        )
        with pytest.raises(PoolWindingDown):
            book.post([wish])
        by_hand(service_connection, wish)
        assert queries.balance_fen(pool, postings.received(source)) == 500, "it can be given back"
    taken = postings.of(
        "agent_topped_up", pool, new_id(now), debit=shops.account_of(kiosk.kiosk),
        credit=postings.unloaded_order(new_id(now)), amount_fen=1_000, event_at=now,
    )  # fmt: skip
    with pytest.raises(PoolWindingDown):
        book.post([taken])
    by_hand(service_connection, taken)
    assert province.balance_fen("agent_deposit", "corner-shop") == 6_000

    refused = (
        lambda: taking.take(io.BytesIO(text([row])), name="新名单.csv", officer=world.maker,
                            enterprise=world.enterprise, now=now),
        lambda: ordering.ask(drafted.pk, maker=world.maker, now=now),
        lambda: ordering.approve(asking.pk, checker=world.checker, now=now),
        lambda: funding.pay_over(approved.pk, channel="wechatpay", scene="code",
                                 officer=world.maker, now=now),
    )  # fmt: skip
    for act in refused:
        with pytest.raises(PoolWindingDown), transaction.atomic():
            act()
    for sql in (
        "UPDATE bulk_order SET state = 'asked' WHERE id = %s",
        (
            "INSERT INTO bulk_order SELECT (jsonb_populate_record(o, jsonb_build_object("
            "'id', gen_random_uuid(), 'number', 'Q261122BYHAND', 'drafted_at', '2020-01-01'))).*"
            " FROM bulk_order o WHERE id = %s"
        ),
    ):
        with pytest.raises(psycopg.Error, match="is being wound down"):
            service_connection.execute(sql, [drafted.pk])
        service_connection.rollback()

    found = funding.recognise(approved.pk, reading.entry_id, maker=world.maker, now=clock.now())
    funding.understanding.approve(found.pk, checker=world.checker, now=clock.now())
    duties.work_one(ordering.SHARE, approved.pk, clock.now())
    approved.refresh_from_db()
    assert approved.state == "lapsed", "what came for it is not shared out, and can be given back"
    assert province.balance_fen("unloaded_orders", str(approved.pk)) == approved.amount_fen
    assert province.faults() == []
