"""How many questions each of a provider's doors asks the database: a number that may only fall."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests.support.phone import Fetching
from tests.support.province import Province

ENTRY = 3  # key with provider, budget, nonce: what it costs to be let in
MOST = {
    "sign": 8,
    "open": ENTRY + 17,
    "open again": ENTRY + 11,
    "challenge": ENTRY + 38,
    "challenge again": ENTRY + 18,
    "result": ENTRY + 35,
    "result again": ENTRY + 22,
    "look": ENTRY + 3,
}


def test_no_door_asks_more_than_it_did(province: Province) -> None:
    fetching = Fetching.new(province)
    asked: dict[str, int] = {}

    def counted(name: str, act: Callable[[], Any]) -> Any:
        with CaptureQueriesContext(connection) as queries:
            result = act()
        asked[name] = len(queries)
        assert result.status < 300, result.body
        return result

    counted("sign", fetching.order)
    opened = counted("open", fetching.open)
    counted("open again", fetching.open)
    wish = fetching.wish(opened)
    credit = counted("challenge", lambda: fetching.challenge(opened, wish))
    counted("challenge again", lambda: fetching.challenge(opened, wish))
    answers = fetching.run(credit.body["script"])
    load_id = opened.body["load_id"]
    counted("result", lambda: fetching.result(load_id, answers=answers))
    counted("result again", lambda: fetching.result(load_id, answers=answers))
    counted("look", lambda: fetching.server.get(fetching.path))
    assert {name: n for name, n in asked.items() if n > MOST[name]} == {}, str(asked)
