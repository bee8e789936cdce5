"""A list of ten thousand: few statements from the upload to everybody's claim, and back again."""

from __future__ import annotations

from time import perf_counter
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts import clock
from gateway.bulk import funding, ordering, queries, returning
from gateway.bulk.lists import MOST_ROWS
from gateway.topup.models import TopUp
from tests.gateway.bulk.sheets import workbook
from tests.gateway.bulk.world import World
from tests.support.campaign import size
from tests.support.province import Province

ROWS = size(400, MOST_ROWS)


def test_a_long_list_takes_few_statements(
    province: Province, tmp_path: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KEPT_FILES_DIR", str(tmp_path))
    world, spent = World.of(province), {}
    content = workbook([(f"A{at}", f"{province.prefix}{at:07d}", 10) for at in range(ROWS)])

    def counted(what: str, act: Any) -> Any:
        begun = perf_counter()
        with CaptureQueriesContext(connection) as asked:
            done = act()
        spent[what] = (len(asked), round(perf_counter() - begun, 2))
        return done

    order = counted("taken", lambda: world.brings(content=content))
    assert (order.rows_good, order.amount_fen) == (ROWS, ROWS * 1_000)
    asked = counted("asked", lambda: ordering.ask(order.pk, maker=world.maker, now=clock.now()))
    ordering.approve(asked.pk, checker=world.checker, now=clock.now())
    monkeypatch.setattr(World, "works", lambda *_: None)
    world.pays(order, order.amount_fen)
    counted("shared", lambda: funding.share(order.pk, clock.now()))
    assert TopUp.objects.filter(pool=world.pool, state="paid").count() == ROWS
    assert queries.received_fen(order) == 0
    back = counted("asked back", lambda: returning.ask(
        order.pk, claim_ids=None, because="作废", maker=world.maker, now=clock.now()
    ))  # fmt: skip
    counted("agreed", lambda: returning.approve(back.pk, checker=world.checker, now=clock.now()))
    assert TopUp.objects.filter(pool=world.pool, state="refunded").count() == ROWS
    batches = -(-ROWS // 2_000)
    assert all(count < 45 + 12 * batches for count, _ in spent.values()), spent
    assert province.faults() == []
