"""A channel's bill of a million rows, stored as a stream, beside a bare COPY of the same rows.

Both go into the same table in a transaction that is rolled back. The yardstick is what PostgreSQL
itself needs for the rows; the ratio says what hashing, reading and naming them adds.
"""

from __future__ import annotations

import hashlib
import resource
import tempfile
import time
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any, BinaryIO
from uuid import UUID

from django.db import connection, transaction

from accounts import clock
from accounts.identifiers import outside_id
from gateway.channels.port import BillLink, Merchant
from gateway.channels.registry import adapter
from gateway.payments.bills import storing
from gateway.payments.models import Bill
from gateway.sandbox.wechat_wallet.bills import _HEADER, _SUMMARY_HEADER

MERCHANT_NO = "1900009999"
_KB = 1024


class _Undo(Exception):
    """Ends a measurement's transaction without keeping anything."""


def run(rows: int) -> dict[str, Any]:
    """Seconds and rows a second of both ways, their ratio, and this process's peak memory."""
    day = clock.business_day(clock.now()) - timedelta(days=1)
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, "bill.csv")
        link = _write(file, rows, day)
        ready = Path(folder, "copy.txt")
        bare_seconds = _bare(file, ready, link, day)
        before = _peak_mb()
        began, spent = time.perf_counter(), time.process_time()
        with file.open("rb") as stream:
            _rolled_back(lambda: _stored(stream, link, day, rows))
        seconds, cpu_seconds = time.perf_counter() - began, time.process_time() - spent
    return {
        "rows": rows,
        "bare_copy_seconds": round(bare_seconds, 2),
        "bare_copy_rows_a_second": round(rows / bare_seconds),
        "parsed_and_stored_seconds": round(seconds, 2),
        "parsed_and_stored_python_cpu_seconds": round(cpu_seconds, 2),
        "parsed_and_stored_rows_a_second": round(rows / seconds),
        "times_bare_copy": round(seconds / bare_seconds, 2),
        "peak_memory_mb": _peak_mb(),
        "peak_memory_before_mb": before,
    }


def _write(file: Path, rows: int, day: date) -> BillLink:
    """A bill as 微信支付 writes it, row by row; its link with the right hash."""
    digest = hashlib.sha1(usedforsecurity=False)
    with file.open("wb") as out:
        for text in _texts(rows, day):
            piece = text.encode()
            digest.update(piece)
            out.write(piece)
    return BillLink(
        day=day, url="http://127.0.0.1/bill", hash_type="SHA1", hash_hex=digest.hexdigest()
    )


def _texts(rows: int, day: date) -> Iterator[str]:
    yield "\ufeff" + _HEADER + "\r\n"
    for number in range(rows):
        second = number % 86_400
        shown = f"{day} {second // 3600:02d}:{second // 60 % 60:02d}:{second % 60:02d}"
        yield (
            f"`{shown},`wx0000000000000001,`{MERCHANT_NO},`0,`,`4200{number:024d},`{number:032x},"
            "`oUpF8uMuAJO_M2pxb1Q9zNjWeS6o,`NATIVE,`SUCCESS,`OTHERS,`CNY,`50.00,`0.00,`0,`0,`0.00,"
            "`0.00,`,`,`交通卡充值,`,`0.30000,`0.60%,`50.00,`0.00,`\r\n"
        )
    yield _SUMMARY_HEADER + "\r\n"
    fees = 30_000 * rows
    yield (
        f"`{rows},`{50 * rows}.00,`0.00,`0.00,`{fees // 100_000}.{fees % 100_000:05d},"
        f"`{50 * rows}.00,`0.00\r\n"
    )


def _bare(file: Path, ready: Path, link: BillLink, day: date) -> float:
    """Seconds that the bare COPY takes for rows that were rendered before."""
    with file.open("rb") as stream, ready.open("w", encoding="utf-8") as out:
        lines = adapter("wechatpay").read_bill(_merchant(), stream, link=link)
        out.writelines(storing.rendered(_bill(day), lines))
    began = time.perf_counter()
    with ready.open("rb") as stream:
        _rolled_back(lambda: _copied(stream))
    return time.perf_counter() - began


def _copied(stream: BinaryIO) -> None:
    sql = storing.COPY.format(table="payments_bill_line")
    with connection.cursor() as cursor:
        cursor.execute(storing.PATIENCE)
        with cursor.copy(sql) as copy:
            _written(stream, copy)


def _written(stream: BinaryIO, copy: Any) -> None:
    while chunk := stream.read(1 << 18):
        copy.write(chunk)


def _stored(stream: BinaryIO, link: BillLink, day: date, rows: int) -> None:
    lines = adapter("wechatpay").read_bill(_merchant(), stream, link=link)
    count = storing.store(_bill(day), lines)
    assert count == rows, f"{count} of {rows} rows were stored"


def _rolled_back(act: Any) -> None:
    try:
        with transaction.atomic():
            act()
            raise _Undo
    except _Undo:
        return


def _bill(day: date) -> Bill:
    bill_id: UUID = outside_id("bill:bench", day, MERCHANT_NO)
    return Bill(id=bill_id, channel="wechatpay", day=day)


def _merchant() -> Merchant:
    return Merchant(
        channel="wechatpay",
        merchant_no=MERCHANT_NO,
        app_no="wx0000000000000001",
        base_url="http://127.0.0.1",
        notify_url="",
        refund_notify_url="",
        signing_serial="",
        signing_key_pem=b"",
        platform_keys={},
    )


def _peak_mb() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // _KB
