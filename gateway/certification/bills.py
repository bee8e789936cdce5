"""Whether the bank's daily file can be fetched, proven by its hash and read to the last line."""

from __future__ import annotations

import secrets
import tempfile
from datetime import date, timedelta

from accounts import clock
from gateway.certification.their_bank import TheirBank, told
from gateway.certification.values import CannotTry, Family, Scenario, Seen
from gateway.channels import transport
from gateway.channels.errors import BillNotReady, BillNotThere
from gateway.channels.port import BillLink

_READ = "read to the end, or nothing traded"


def lately(bank: TheirBank) -> Seen:
    """Two days ago: yesterday's file may still be in the making in the morning."""
    day = clock.business_day(clock.now()) - timedelta(days=2)
    return Seen(expected=_READ, actual=told(lambda: _read(bank, day)))


def long_ago(bank: TheirBank) -> Seen:
    day = clock.business_day(clock.now()) - timedelta(days=80)
    return Seen(expected=_READ, actual=told(lambda: _read(bank, day)))


def _read(bank: TheirBank, day: date) -> str:
    try:
        link: BillLink = bank.ask(
            lambda merchant, stamp: bank.adapter.bill_request(merchant, day, **stamp),
            lambda merchant, response, now: bank.adapter.read_bill_link(
                merchant, response, day=day, now=now
            ),
        )
    except BillNotThere:
        return _READ
    except BillNotReady:
        raise CannotTry("the bank is still making this day's file") from None
    now = clock.now()
    request = bank.adapter.bill_download(bank.merchant, link, now=now, nonce=secrets.token_hex(16))
    with tempfile.TemporaryFile() as file:
        transport.download(request, file, hosts=bank.hosts, now=now)
        file.seek(0)
        for _ in bank.adapter.read_bill(bank.merchant, file, link=link):
            pass
    return _READ


SCENARIOS: tuple[Scenario[TheirBank], ...] = (
    Scenario(
        number="B01",
        family=Family.BILLS,
        zh="前日对账文件",
        en="the file of two days ago",
        act=lately,
    ),
    Scenario(
        number="B02",
        family=Family.BILLS,
        zh="八十天前的对账文件",
        en="the file of eighty days ago",
        act=long_ago,
    ),
)
