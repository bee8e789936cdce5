"""Also measure beside N stored transfers (made set-based; 50 million take about an hour)."""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import psycopg

from reserve_funds.ledger.bench_tools import ROOT, Door, door, latency_ms, make_law, scratch

DAYS, PER_CARD, CHUNK, PLACE = 100, 50, 200_000, 500
WANTED = {
    "post_latency_ratio": 1.2,
    "balance_p99_ms": 10.0,
    "statement_p99_ms": 10.0,
    "trial_p99_ms": 50.0,
}
# one posting of an order's payment: a guarded account born, a hot tallied one not touched
_POST = """
\\set owner random(1, 1000000000)
SELECT * FROM ledger.post_one(1, 1::smallint,
    (lpad(to_hex((extract(epoch FROM clock_timestamp()) * 1000)::bigint), 12, '0') || '8'
     || substr(md5(random()::text), 1, 3) || '8' || substr(md5(random()::text), 1, 15))::uuid,
    'payment_confirmed', 1121::smallint, 'wechat', 2101::smallint, 'owner ' || :owner, 1,
    now(), NULL, NULL);
"""
# The book's own function is gone round here: only the owner of a scratch database can do that.
# Places are far above any transaction's number; a new epoch afterwards is above all of them.
_ACCOUNTS = """
INSERT INTO ledger.account (pool, kind, guarded, id, side, owner)
SELECT 1, n.kind, false, ledger.account_id(1, n.kind, n.owner), 'credit', n.owner
  FROM (SELECT 2301::smallint AS kind, 'batch' AS owner
        UNION ALL SELECT 2121::smallint, 'card ' || i
          FROM generate_series(0, %s::integer - 1) AS i) n
"""
_TRANSFERS = """
INSERT INTO ledger.transfer (pool, act, needs_approval, id, debit_account, credit_account,
       amount_fen, event_at, created_at, place, business_day, debit_kind, credit_kind, profile,
       code)
SELECT 1, 1, false,
       (left(ledger.id_floor(d.day + interval '12 hours')::text, 13) || '-8'
        || substr(md5(i::text), 1, 3) || '-8' || substr(md5(i::text), 4, 3) || '-'
        || lpad(to_hex(i), 12, '0'))::uuid,
       ledger.account_id(1, 2121::smallint, 'card ' || (i * 7919 %% %s)),
       ledger.account_id(1, 2301::smallint, 'batch'), 100 + i %% 900,
       d.day + interval '12 hours', d.day + interval '12 hours',
       ledger.place_of(1, '0') + (1::bigint << 40) + i / %s, d.day, 2121, 2301, 'MOT',
       'ride_ingested'
  FROM generate_series(%s::bigint, %s::bigint - 1) AS i
 CROSS JOIN LATERAL (SELECT current_date - %s::integer + (i * %s / %s)::integer AS day) d
"""


def run(transfers: int, *, seconds: int) -> dict[str, Any]:
    """Seconds it took to make and fold the book, p99 of reads, posting against an empty book."""
    owner, service = door("owner"), door("default")
    with scratch(owner) as empty, scratch(owner) as book:
        for name in (empty, book):
            make_law(owner, service, name)
        with psycopg.connect(service.url(empty), autocommit=True) as connection:
            connection.execute("SELECT ledger.open_pool(1, 'MOT', current_date)")
        made = _timed(lambda: _fill(owner, service, book, transfers))
        folded = _timed(lambda: _fold(service, book))
        ratio = statistics.median(
            latency_ms(service, book, seconds=seconds, script=_POST)
            / latency_ms(service, empty, seconds=seconds, script=_POST)
            for _ in range(3)
        )
        reads = _reader(service, book, transfers // PER_CARD)
    found = {"post_latency_ratio": round(ratio, 2)} | {
        f"{name}_p99_ms": p99 for name, p99 in reads.items()
    }
    return {
        "transfers": transfers,
        "made_in_s": round(made),
        "folded_in_s": round(folded),
        "found": found,
        "wanted": WANTED,
        "reached": {name: found[name] <= most for name, most in WANTED.items()},
    }


def read(cards: int) -> dict[str, float]:
    """p99 in ms of reads of hot and of ordinary accounts, through the queries the house uses."""
    import random

    from reserve_funds.ledger import pools, queries
    from reserve_funds.ledger.values import Ref

    today = pools.open_day(1)
    hot = Ref(kind="rides_in_clearing", owner="batch")

    def somebody() -> Ref:
        ordinary = Ref(kind="card_purse", owner=f"card {random.randrange(cards)}")  # noqa: S311
        return random.choice((hot, ordinary))  # noqa: S311

    def some_day() -> Any:
        return today - timedelta(days=random.randint(1, DAYS - 1))  # noqa: S311

    def page() -> object:
        return queries.statement(1, somebody(), from_day=some_day(), to_day=today)

    return {
        "balance": _p99(lambda: queries.balance_fen(1, somebody())),
        "available": _p99(lambda: queries.available_fen(1, somebody())),
        "statement": _p99(page),
        "trial": _p99(lambda: queries.trial_balance(1, some_day())),
    }


def _fill(owner: Door, service: Door, book: str, transfers: int) -> None:
    with psycopg.connect(service.url(book), autocommit=True) as connection:
        connection.execute("SELECT ledger.open_pool(1, 'MOT', current_date - %s::integer)", [DAYS])
        for day in range(DAYS):
            connection.execute("SELECT ledger.cut(1, current_date - %s::integer)", [DAYS - 1 - day])
    with psycopg.connect(owner.url(book), autocommit=True) as connection:
        connection.execute("SET ROLE ledger_owner")
        for table in ("account", "transfer"):
            connection.execute(f"ALTER TABLE ledger.{table} DISABLE TRIGGER USER")  # type: ignore[call-overload]
        cards = max(1, transfers // PER_CARD)
        connection.execute(_ACCOUNTS, [cards])
        for first in range(0, transfers, CHUNK):
            connection.execute(
                _TRANSFERS,
                [cards, PLACE, first, min(first + CHUNK, transfers), DAYS, DAYS, transfers],
            )
        for trigger in ("written_only_by_its_functions", "never_rewritten", "never_truncated"):
            for table in ("account", "transfer"):
                connection.execute(  # type: ignore[call-overload]
                    f"ALTER TABLE ledger.{table} ENABLE ALWAYS TRIGGER ledger_{trigger}"
                )
        connection.execute("RESET ROLE")
        connection.execute("SELECT ledger.open_epoch()")
    with psycopg.connect(owner.url(book), autocommit=True) as connection:
        connection.execute("SET ROLE ledger_owner")
        connection.execute("VACUUM ANALYZE ledger.transfer")
        connection.execute("VACUUM ANALYZE ledger.account")


def _fold(service: Door, book: str) -> None:
    with psycopg.connect(service.url(book), autocommit=True) as connection:
        for pool, account in connection.execute("SELECT * FROM ledger.fold_book(500)").fetchall():
            connection.execute("SELECT ledger.fold(%s::integer, %s::uuid, 500)", [pool, account])


def _reader(service: Door, book: str, cards: int) -> dict[str, float]:
    done = subprocess.run(
        [sys.executable, "-m", "reserve_funds.ledger.bench", "--read", str(cards)],
        cwd=ROOT,
        env=os.environ | {"DATABASE_URL": service.url(book)},
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    found: dict[str, float] = json.loads(done.stdout)
    return found


def _p99(act: Callable[[], object], times: int = 1000) -> float:
    for _ in range(20):
        act()
    return round(statistics.quantiles([_timed(act) * 1000 for _ in range(times)], n=100)[98], 2)


def _timed(act: Callable[[], object]) -> float:
    started = time.perf_counter()
    act()
    return time.perf_counter() - started
