"""A fleet's day against the real server processes: at its end every fen is where it should be.

Six kiosks in every run; forty under `script/campaign fleet`, which tells how far it is. All of them
live at once; AT_ONCE of them move at once, as many as two workers of the house answer in time on
two cores, so that a slow machine makes the day longer and not its lines worse. Every loop is
bounded by its looks. What happened is told in var/fleet.
"""

from __future__ import annotations

import os
import random
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from django.db import connections

from accounts.identifiers import new_id
from accounts.models import Person, SecurityEvent
from gateway.kiosk import boxes, cash, keys, quota
from gateway.kiosk.models import Box, Difference, Intake, Settlement
from gateway.sandbox.kiosks.client import Machine
from gateway.sandbox.reference_kiosk.devices import Cabinet
from gateway.sandbox.reference_kiosk.machine import put_together
from gateway.sandbox.reference_kiosk.steps import Steps
from gateway.sandbox.reference_kiosk.wire import Refused
from nfc_topup.models import Load
from reserve_funds import postings
from reserve_funds.ledger import book
from reserve_funds.ledger import queries as ledger
from tests.house.source import ROOT
from tests.support.campaign import size
from tests.support.fleet.house import TestClock, serving
from tests.support.fleet.progress import counted, figures, told
from tests.support.fleet.proxy import Proxy
from tests.support.fleet.report import Report
from tests.support.fleet.worker import Worker
from tests.support.kiosks import two_officers
from tests.support.officers import seat
from tests.support.province import Province
from tests.support.reference_kiosk import Place

KIOSKS, VISITS = size(6, 40), size(3, 8)
AT_ONCE = 12
SEED = int(os.environ.get("FLEET_SEED", "20261122"))
DAY = timedelta(hours=16)
LEAP = timedelta(minutes=20)
SHORT_QUOTA, MORE_QUOTA, QUOTA = 15_000, 1_000_000, 1_000_000
FAULT_RATE = 0.12


@pytest.fixture
def fleet(province: Province, tmp_path: Path) -> Iterator[tuple[list[Worker], TestClock, Report]]:
    clock, report = TestClock(tmp_path / "clock"), Report()
    elbows = threading.Semaphore(AT_ONCE)
    first, second = two_officers(province.pool)
    with serving(clock, tmp_path / "web.log") as port:
        workers = [
            _worker(province, tmp_path, number, port, clock, report, elbows, first, second)
            for number in range(KIOSKS)
        ]
        yield workers, clock, report
        for worker in workers:
            worker.end()
            worker.line.close()
            worker.place.cabinet.close()


def test_one_day_of_a_fleet(
    fleet: tuple[list[Worker], TestClock, Report], province: Province
) -> None:
    workers, clock, report = fleet
    with _told("the day", workers, report):
        _work(workers, clock, report)
    with _told("calming down", workers, report):
        _together(workers, lambda worker: worker.calm_down())
    short = [worker.place for worker in workers if quota.available_fen(worker.place.kiosk) < QUOTA]
    for place in short:
        asked = quota.ask(
            place.kiosk, MORE_QUOTA, maker=place.first, because="a day", now=clock.now()
        )
        quota.approve(asked.id, checker=place.second, now=clock.now())
    clock.forward(timedelta(minutes=20))
    cash.tidy(clock.now(), limit=10_000)
    with _told("the evening", workers, report):
        _together(workers, lambda worker: worker.evening())

    sums = _sums(workers)
    report.write(Path(os.environ.get("FLEET_REPORT", ROOT / "var" / "fleet")), sums)
    _every_card_is_its_account(workers)
    _cash_counted_is_cash_booked(workers, clock)
    _days_agree(workers)
    _a_stolen_key_opens_nothing(workers[0], clock)
    assert province.faults() == []
    figures(sums, aloud=KIOSKS > 6)
    assert sums["kills"] >= KIOSKS, sums
    assert sums["faults of the line"] >= KIOSKS, sums


def _told(what: str, workers: list[Worker], report: Report) -> AbstractContextManager[None]:
    def far() -> str:
        came = [one for worker in workers for one in list(worker.customers)]
        content = sum(one.is_content for one in came)
        return f"{content} of {len(came)} customers content; {counted(report.events)}"

    return told(what, far, aloud=KIOSKS > 6)


def _work(workers: list[Worker], clock: TestClock, report: Report) -> None:
    """The day goes by in leaps while all of them work."""
    over = threading.Event()

    def leap() -> None:
        left = DAY
        while left and not over.wait(size(2, 5)):
            clock.forward(LEAP)
            left -= LEAP
            report.add(clock.now(), "clock", "clock")

    leaping = threading.Thread(target=leap)
    leaping.start()
    try:
        _together(workers, lambda worker: worker.day(VISITS))
    finally:
        over.set()
        leaping.join()


def _together(workers: list[Worker], act: Callable[[Worker], None]) -> None:
    def one(worker: Worker) -> None:
        try:
            act(worker)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(len(workers)) as all_:
        for ended in [all_.submit(one, worker) for worker in workers]:
            ended.result()


def _worker(
    province: Province, tmp_path: Path, number: int, port: int, clock: TestClock, report: Report,
    elbows: threading.Semaphore, first: Person, second: Person,
) -> Worker:  # fmt: skip
    chance = random.Random(SEED + number)
    place = Place.new(
        province,
        url=f"http://127.0.0.1:{port}",
        directory=tmp_path / f"kiosk{number}",
        quota_fen=SHORT_QUOTA if number % 5 == 1 else QUOTA,
        officers=(first, second),
    )

    def tell(what: str) -> None:
        report.add(clock.now(), place.kiosk.code, what)

    line = Proxy(("127.0.0.1", port), seed=SEED + number, rate=FAULT_RATE, tell=tell)
    wrong = chance.choice((0.0, 0.0, -7_200.0, 400.0, 86_400.0))
    words = place.arguments(
        *("--again-seconds", "0.05", "--via", line.where),
        *("--ahead-seconds", str(wrong), "--test-clock", str(clock.file)),
    )
    return Worker(place=place, line=line, chance=chance, words=words, tell=tell, elbows=elbows)


def _every_card_is_its_account(workers: list[Worker]) -> None:
    for asn, state in workers[0].place.doubtful():
        [who] = [
            f"{worker.place.kiosk.code}: {customer.notes}, {customer.put_in}"
            for worker in workers
            for customer in worker.customers
            if customer.card.state.asn == asn
        ]
        raise AssertionError(f"a doubt stays open: {state}, {who}")
    for worker in workers:
        province = worker.place.province
        for customer in worker.customers:
            card, paid = customer.card, sum(customer.notes)
            held = province.balance_fen("card_purse", card.state.asn)
            assert card.state.balances["2"] == held == paid, card.state.asn
            loads = Load.objects.filter(application__asn=card.state.asn, state="loaded")
            assert loads.count() == card.state.counter, "one credit for each load"
            assert sum(loads.values_list("amount_fen", flat=True)) == paid


def _cash_counted_is_cash_booked(workers: list[Worker], clock: TestClock) -> None:
    """Each full box is counted by two people, banked, and gives its quota back; never too much."""
    for worker in workers:
        place = worker.place
        full, *empty = Box.objects.filter(kiosk=place.kiosk).order_by("opened_at")
        assert len(empty) == 1, "changed once, whatever was killed meanwhile"
        notes = dict(Counter(place.cabinet.things.stacked))
        booked = place.province.balance_fen("cash_in_transit", full.label)
        ordered = sum(Intake.objects.filter(kiosk=place.kiosk).values_list("taken_fen", flat=True))
        assert booked == place.stacked_fen() == ordered
        assert _never_below_zero(place)
        before = quota.available_fen(place.kiosk)
        now = clock.now()
        asked = boxes.count_by_first(full.id, notes, first=place.first, now=now)
        count = boxes.count_by_second(asked.id, notes, second=place.second, now=now)
        assert count.difference_fen == 0
        if booked:
            book.post([_banked(place, full.label, booked, now)])
        quota.follow_bank(full.id, now=now)
        assert quota.available_fen(place.kiosk) == before + booked


def _banked(place: Place, label: str, fen: int, now: datetime) -> postings.Posting:
    return postings.of(
        "cash_banked", place.province.pool, new_id(now),
        debit=postings.account("bank_reserve", "bank 1"),
        credit=postings.account("cash_in_transit", label), amount_fen=fen, event_at=now,
    )  # fmt: skip


def _never_below_zero(place: Place) -> bool:
    """The quota's account after each of its transfers, in the order of the book."""
    account, left = quota.account_of(place.kiosk), 0
    for row in ledger.transfers_of(place.province.pool, account):
        left += row.amount_fen if row.credit == account else -row.amount_fen
        if left < 0:
            return False
    return True


def _days_agree(workers: list[Worker]) -> None:
    for worker in workers:
        mine = Settlement.objects.filter(kiosk=worker.place.kiosk)
        assert mine.filter(state="agreed").exists()
        assert not mine.exclude(state="agreed").exists()
        assert not Difference.objects.filter(settlement__in=mine, healed_at__isnull=True).exists()


def _a_stolen_key_opens_nothing(worker: Worker, clock: TestClock) -> None:
    """Whoever has the key file of a machine whose keys were revoked is told no, and is alarmed."""
    place = worker.place
    worker.end()
    hands = Cabinet(place.cabinet.where, Steps())
    inside = put_together(
        directory=place.directory, origin=place.url, via=None, cabinet=hands, reader=hands,
        steps=Steps(), clock=clock.now,
    )  # fmt: skip
    inside.memory.skew_seconds = 0.0
    inside.wire.post("sign-on")
    stolen: Machine = inside.wire.machine
    officer = seat(("security_officer", place.province.pool)).person
    keys.revoke(place.kiosk, by=officer, because="stolen", now=clock.now())
    before = (place.cash_fen(), quota.available_fen(place.kiosk))
    with pytest.raises(Refused) as refused:
        inside.wire.post("boxes")
    assert refused.value.status in (401, 403)
    assert stolen.post("sign-on").status in (401, 403)
    assert (place.cash_fen(), quota.available_fen(place.kiosk)) == before
    subject = f"kiosk:{place.kiosk.id}"
    assert SecurityEvent.objects.filter(code="kiosk_request_refused", subject=subject).exists()
    inside.journal.close()


def _sums(workers: list[Worker]) -> dict[str, int]:
    met: Counter[str] = sum((worker.line.met for worker in workers), Counter())
    return {
        "kiosks": len(workers),
        "customers": sum(len(worker.customers) for worker in workers),
        "loads": sum(one.card.state.counter for worker in workers for one in worker.customers),
        "cash counted, fen": sum(worker.place.stacked_fen() for worker in workers),
        "cash booked, fen": sum(worker.place.cash_fen() for worker in workers),
        "on the cards, fen": sum(
            one.card.state.balances["2"] for worker in workers for one in worker.customers
        ),
        "doubts open": workers[0].place.doubts(),
        "kills": sum(worker.kills for worker in workers),
        "torn cards": sum(worker.tears for worker in workers),
        "faults of the line": sum(met.values()),
        **{f"line: {name}": many for name, many in sorted(met.items())},
        "seed": SEED,
    }
