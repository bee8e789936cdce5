# ruff: noqa: S608 (what is put together here are constants of this file)
"""Measures the book beside pgbench's TPC-B on the same server, in the same run, as ratios.

`python -m reserve_funds.ledger.bench [--quick] [--json FILE] [--large N]`. Everything happens in
scratch databases that the migrating role makes and drops again; the book itself is not touched.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import psycopg

from reserve_funds.ledger import bench_large
from reserve_funds.ledger.bench_tools import (
    ROOT,
    Door,
    door,
    make_law,
    pgbench,
    rate,
    scratch,
)

WANTED = {
    "single_sql": 1.3,
    "single_book_post": 0.5,
    "batch_guarded_rows": 8.0,
    "batch_tallied_rows": 20.0,
}

# A UUIDv8 of this moment, made by the server for the client that pgbench plays.
_ID = (
    "(lpad(to_hex((extract(epoch FROM clock_timestamp()) * 1000)::bigint), 12, '0') || '8'"
    " || substr(md5(random()::text), 1, 3) || '8' || substr(md5(random()::text || {salt}), 1, 15)"
    ")::uuid"
)
_SINGLE = (
    "\\set owner random(1, {riders})\n"
    "SELECT * FROM ledger.post_one(1, 1::smallint, "
    + _ID.format(salt="''")
    + ", 'payment_confirmed', 1121::smallint, 'wechat', 2101::smallint, 'owner ' || :owner, 1,"
    " now(), NULL, NULL);\n"
)
_BATCH = (
    "SELECT count(*) FROM (SELECT array_agg("
    + _ID.format(salt="i")
    + ") AS ids, array_agg('owner ' || (1 + (random() * ({riders} - 1))::integer)) AS owners"
    " FROM generate_series(1, 500) AS i) g, LATERAL ledger.post(1, 1::smallint, false, g.ids,"
    " array_fill('ride_ingested'::text, ARRAY[500]), array_fill({debit}::smallint, ARRAY[500]),"
    " g.owners, array_fill(2301::smallint, ARRAY[500]), array_fill('batch'::text, ARRAY[500]),"
    " array_fill(1::bigint, ARRAY[500]), array_fill(now(), ARRAY[500]),"
    " array_fill(NULL::uuid, ARRAY[500]), array_fill(NULL::uuid, ARRAY[500])) x;\n"
)
_FUND = """
SELECT count(*) FROM (
    SELECT ({id}) AS id, ({id2}) AS id2, 'owner ' || i AS owner
      FROM generate_series(%s::integer, %s::integer) AS i) g
CROSS JOIN LATERAL ledger.post(1, 1::smallint, false, ARRAY[g.id, g.id2],
    ARRAY['payment_confirmed', 'payment_allocated'], ARRAY[1121, 2101]::smallint[],
    ARRAY['wechat', g.owner], ARRAY[2101, 2131]::smallint[], ARRAY[g.owner, g.owner],
    ARRAY[1000000, 1000000]::bigint[], ARRAY[now(), now()], ARRAY[NULL, NULL]::uuid[],
    ARRAY[NULL, NULL]::uuid[]) x
""".format(id=_ID.format(salt="i"), id2=_ID.format(salt="-i"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """How long and how big a run is."""

    scale: int
    seconds: int
    rounds: int
    riders: int

    @classmethod
    def of(cls, *, quick: bool) -> Plan:
        if quick:
            return cls(scale=20, seconds=3, rounds=1, riders=5_000)
        return cls(scale=50, seconds=30, rounds=3, riders=20_000)


def run(*, quick: bool, large: int = 0) -> dict[str, object]:
    """Rates a second and their ratios to TPC-B of the same rounds (the median of the rounds).

    With `large`, also what posting and reading cost beside that many transfers.
    """
    plan, service, owner = Plan.of(quick=quick), door("default"), door("owner")
    with scratch(owner) as plain, scratch(owner) as book:
        pgbench(owner, plain, "-i", "-q", "-s", str(plan.scale))
        _make_book(owner, service, book, plan)
        rounds = [_round(service, owner, plain, book, plan) for _ in range(plan.rounds)]
    rates = {name: statistics.median(each[name] for each in rounds) for name in rounds[0]}
    ratios = {
        name: round(statistics.median(each[name] / each["tpcb"] for each in rounds), 2)
        for name in WANTED
    }
    return {
        "plan": {"scale": plan.scale, "seconds": plan.seconds, "rounds": plan.rounds},
        "per_second": {name: round(each) for name, each in rates.items()},
        "ratio_to_tpcb": ratios,
        "wanted": WANTED,
        "reached": {name: ratios[name] >= least for name, least in WANTED.items()},
    } | ({"large": bench_large.run(large, seconds=plan.seconds)} if large else {})


def main(arguments: list[str] | None = None) -> int:
    """Prints the figures as JSON (and writes them to --json FILE)."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--json", type=Path)
    parser.add_argument("--large", type=int, default=0, metavar="N", help=bench_large.__doc__)
    parser.add_argument("--only-large", action="store_true", help="without the rates")
    parser.add_argument("--work", type=float, help=argparse.SUPPRESS)
    parser.add_argument("--read", type=int, help=argparse.SUPPRESS)
    asked = parser.parse_args(arguments)
    _set_up_django()
    if asked.work:
        sys.stdout.write(f"{_post_for(asked.work)}\n")
        return 0
    if asked.read:
        sys.stdout.write(json.dumps(bench_large.read(asked.read)))
        return 0
    if asked.only_large:
        told = bench_large.run(asked.large, seconds=Plan.of(quick=asked.quick).seconds)
    else:
        told = run(quick=asked.quick, large=asked.large)
    text = json.dumps(told, indent=2)
    if asked.json:
        asked.json.write_text(text + "\n", encoding="utf-8")
    sys.stdout.write(text + "\n")
    return 0


def _round(service: Door, owner: Door, plain: str, book: str, plan: Plan) -> dict[str, float]:
    single = _SINGLE.format(riders=plan.riders)
    guarded = _BATCH.format(riders=plan.riders, debit=2131)
    tallied = _BATCH.format(riders=plan.riders, debit=2121)
    seconds = plan.seconds
    return {
        "tpcb": rate(owner, plain, seconds=seconds, clients=16),
        "single_sql": rate(service, book, seconds=seconds, clients=16, script=single),
        "single_book_post": _workers(service, book, plan),
        "batch_guarded_rows": 500 * rate(service, book, seconds=seconds, clients=4, script=guarded),
        "batch_tallied_rows": 500 * rate(service, book, seconds=seconds, clients=4, script=tallied),
    }


def _workers(service: Door, book: str, plan: Plan) -> float:
    """Eight processes that call book.post, as the web does."""
    command = [sys.executable, "-m", "reserve_funds.ledger.bench", "--work", str(plan.seconds)]
    environment = os.environ | {"DATABASE_URL": service.url(book)}
    workers = [
        subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True)
        for _ in range(8)
    ]
    return sum(float(worker.communicate()[0]) for worker in workers)


def _post_for(seconds: float) -> float:
    """Postings a second of this process, each in a transaction of its own."""
    import time
    from datetime import UTC, datetime

    from accounts.identifiers import new_id
    from reserve_funds.ledger import book
    from reserve_funds.ledger.values import Posting, Ref

    moment = datetime.now(UTC)
    made, started = 0, time.monotonic()
    while time.monotonic() - started < seconds:
        payment = new_id(datetime.now(UTC))
        book.post([
            Posting(
                pool=1, id=payment, code="payment_confirmed",
                debit=Ref(kind="channel_receivable", owner="wechat"),
                credit=Ref(kind="received", owner=str(payment)), amount_fen=1, event_at=moment,
            )
        ])  # fmt: skip
        made += 1
    return made / (time.monotonic() - started)


def _make_book(owner: Door, service: Door, book: str, plan: Plan) -> None:
    make_law(owner, service, book)
    with psycopg.connect(service.url(book), autocommit=True) as connection:
        connection.execute("SELECT ledger.open_pool(1, 'MOT', current_date)")
        for first in range(1, plan.riders + 1, 1000):
            connection.execute(_FUND, [first, first + 999])  # type: ignore[call-overload]


def _set_up_django() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "gateway.settings")
    import django

    django.setup()


if __name__ == "__main__":
    raise SystemExit(main())
