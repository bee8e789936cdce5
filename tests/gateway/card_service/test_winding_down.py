"""R23 at the doors: a pool that is wound down gives everything back and takes no new top-up."""

from __future__ import annotations

import psycopg
import pytest

from accounts import clock
from accounts.identifiers import new_id
from gateway.card_service import planning, queries
from gateway.card_service.errors import RedemptionNotAllowed, RedemptionTooEarly
from reserve_funds.custody.rules import book as rules
from reserve_funds.custody.rules import winding
from reserve_funds.errors import PoolWindingDown
from reserve_funds.ledger import pools
from reserve_funds.ledger.values import MOST_FEN
from tests.gateway.card_service.holders import Held, known_by_name
from tests.gateway.card_service.test_redeeming import asked
from tests.reserve_funds.custody.bank.officers import an_officer
from tests.support.province import Province


def test_every_card_is_given_back_at_once_and_nothing_is_topped_up(
    province: Province, monkeypatch: pytest.MonkeyPatch, service_connection: psycopg.Connection
) -> None:
    me, known = province.citizen(), known_by_name(province)
    anonymous = Held.new(province, me, named=False)
    named = Held.new(province, known, named=True, loads=0)
    monkeypatch.setattr(queries, "profile_of", lambda pool, now: rules.by_name("PBOC"))
    assert asked(anonymous).body["code"] == RedemptionNotAllowed.code
    assert asked(named).body["code"] == RedemptionTooEarly.code

    maker, checker = (an_officer(province.pool) for _ in range(2))
    today = pools.open_day(province.pool)
    word = winding.ask(
        pool=province.pool, from_day=today, because="licence ends", maker=maker, now=clock.now()
    )
    winding.approve(word.id, checker=checker, now=clock.now())

    assert [asked(one).status for one in (anonymous, named)] == [201, 201]
    assert planning.cash_most_fen(province.pool, clock.now()) == MOST_FEN
    other = Held.new(province, me, named=False, loads=0)
    wish = {"card_id": str(other.row.pk), "amount_fen": 1_000, "channel": "wechat"}
    said = me.post("topups", wish | {"scene": "app"})
    assert (said.status, said.body["code"]) == (409, PoolWindingDown.code), said.body
    for placed_at in ("now()", "timestamptz '2020-01-01'"):
        with pytest.raises(psycopg.Error, match="is being wound down"):
            service_connection.execute(
                "INSERT INTO topup_topup (id, pool, card_id, amount_fen, state, placed_at, by_code)"
                f" VALUES (%s, %s, %s, 1000, 'placed', {placed_at}, true)",
                [new_id(clock.now()), province.pool, other.row.pk],
            )
        service_connection.rollback()
    assert province.faults() == []
