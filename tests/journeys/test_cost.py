"""How many questions each step of the hot path asks the database: a number that may only fall."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts import clock, duties
from tests.support.province import Province, payment_id
from tests.support.talk import Talk

MOST = {
    "place": 21,
    "notice": 6,
    "query": 26,
    "open": 17,
    "challenge": 38,
    "proof": 33,
    "get": 5,
    "list": 2,
}


def test_no_step_asks_more_than_it_did(province: Province) -> None:
    citizen = province.citizen()
    talk = Talk(citizen=citizen, card=province.card(citizen))
    asked: dict[str, int] = {}

    def counted(name: str, act: Callable[[], Any]) -> Any:
        with CaptureQueriesContext(connection) as queries:
            result = act()
        asked[name] = len(queries)
        return result

    card_id = citizen.get("cards").body[0]["id"]
    wish = {"card_id": card_id, "amount_fen": 100, "channel": "wechatpay", "scene": "native"}
    topup = counted("place", lambda: citizen.post("topups", wish)).body
    [push] = province.pay(topup)
    counted("notice", lambda: province.deliver(push))
    counted("query", lambda: duties.work_one("payment.query", payment_id(topup), clock.now()))
    load = counted("open", lambda: talk.open(topup))
    answers = talk.run(load.body["script"])
    credit = counted("challenge", lambda: talk.challenge(load, answers))
    told = talk.run(credit.body["script"])
    counted("proof", lambda: talk.prove(credit, told))
    counted("get", lambda: citizen.get(f"topups/{topup['id']}"))
    counted("list", lambda: citizen.get("topups"))
    assert {name: n for name, n in asked.items() if n > MOST[name]} == {}, str(asked)


@pytest.mark.parametrize("topups", [1, 6])
def test_a_page_costs_the_same_for_one_and_for_many(province: Province, topups: int) -> None:
    citizen = province.citizen()
    card = province.card()
    for _ in range(topups):
        province.order(citizen, card, 100)
    with CaptureQueriesContext(connection) as queries:
        page = citizen.get("topups").body
    assert len(page["results"]) == topups
    assert len(queries) <= MOST["list"]
