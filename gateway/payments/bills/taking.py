"""Channels' bills: fetched by duty, kept as they came, taken whole or not at all."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from datetime import date, datetime, timedelta
from itertools import chain
from typing import IO, Any, BinaryIO, cast
from uuid import UUID

from django.db import transaction

from accounts import duties, kept_files, trail
from accounts.actors import WORKER, Actor
from accounts.clock import business_day, start_of_day
from accounts.identifiers import outside_id
from accounts.kept_files import Kept
from gateway.channels import registry
from gateway.channels.errors import (
    BillNotOffered,
    BillNotThere,
    BillUnreadable,
    ChannelSilent,
)
from gateway.channels.port import BillLine, BillLink
from gateway.payments.bills import storing
from gateway.payments.line import Line
from gateway.payments.models import Bill, BillFile, MerchantAccount

READY_AT: Mapping[str, timedelta] = {"wechatpay": timedelta(hours=10, minutes=5)}
"""When a channel's bill of the day before can be asked for, Shanghai time, where it is known."""
READY_OTHERWISE = timedelta(hours=10, minutes=30)
LOOK_BACK_DAYS = 7
SECOND_LOOK_AFTER = timedelta(days=4)


def expect(now: datetime, *, pool: int | None = None) -> int:
    """Owes the bills of the days before for every account, or those of one pool; how many new.

    One row and one duty for each account and day, however often it is called.
    """
    today, made = business_day(now), 0
    rows = MerchantAccount.objects.all()
    rows = rows if pool is None else rows.filter(pool=pool)
    accounts = [one for one in rows if one.channel in _spoken()]
    for back in range(1, LOOK_BACK_DAYS + 1):
        day = today - timedelta(days=back)
        present = set(Bill.objects.filter(day=day).values_list("merchant_id", flat=True))
        for account in accounts:
            if account.pk not in present:
                made += _expect_one(account, day, now=now)
    return made


def ready_at(account: MerchantAccount, day: date) -> datetime:
    """When the account's bill of that day can be asked for; its option `bill_ready` is HH:MM."""
    said = str(account.options.get("bill_ready", ""))
    hours, _, minutes = said.partition(":")
    after = READY_AT.get(account.channel, READY_OTHERWISE)
    if hours.isdigit() and minutes.isdigit():
        after = timedelta(hours=int(hours), minutes=int(minutes))
    return start_of_day(day + timedelta(days=1)) + after


def fetch(bill_id: UUID, *, now: datetime) -> None:
    """Asks for the bill, keeps its file, and takes its lines; nothing new when it came before.

    A file that is not what a bill must be is kept and set aside with the difference, and nothing
    of it is used. Another file for a day that was taken is kept and told, and changes nothing.
    Raises ChannelSilent (ask later) and what the line raises.
    """
    bill = Bill.objects.select_related("merchant").get(pk=bill_id)
    if bill.state == "changed":
        return
    line = Line(bill.merchant)
    try:
        link = _link(line, bill.day)
    except (BillNotThere, BillNotOffered) as refused:
        _nothing(bill.pk, refused.code, now=now)
        return
    known = BillFile.objects.filter(bill=bill, verdict="stored").exclude(announced_hash="")
    if link.hash_hex and known.filter(announced_hash=link.hash_hex).exists():
        return
    kept_files.sweep(now)
    with kept_files.half() as half:
        _bring(line, link, half, bill.day)
        file = kept_files.keep(half)
        half.seek(0)
        if BillFile.objects.filter(bill=bill, sha256=file.digest, verdict="stored").exists():
            return
        _take(line, bill.pk, link, cast(BinaryIO, half), file, now=now)


def _spoken() -> set[str]:
    return set(registry.channel_names())


def _expect_one(account: MerchantAccount, day: date, *, now: datetime) -> int:
    bill_id = outside_id(f"bill:{account.channel}", day, account.merchant_no)
    with transaction.atomic():
        _, made = Bill.objects.get_or_create(
            merchant=account,
            day=day,
            defaults={
                "id": bill_id,
                "channel": account.channel,
                "pool": account.pool,
                "expected_at": now,
            },
        )
        if made:
            duties.owe("bill.fetch", bill_id, now=now, due_at=max(now, ready_at(account, day)))
    return int(made)


def _link(line: Line, day: date) -> BillLink:
    return line.ask(
        lambda adapter, merchant, stamp: adapter.bill_request(
            merchant, day, now=stamp.now, nonce=stamp.nonce
        ),
        lambda adapter, merchant, response, at: adapter.read_bill_link(
            merchant, response, day=day, now=at
        ),
    ).fact


def _bring(line: Line, link: BillLink, half: IO[bytes], day: date) -> None:
    """Fetches the file, unless it came with the link; ChannelSilent when it is empty."""
    into = cast(BinaryIO, half)
    if link.content is not None:
        half.write(link.content)
    else:
        line.download(lambda a, m, at: a.bill_download(m, link, now=at.now, nonce=at.nonce), into)
    if not half.seek(0, os.SEEK_END):
        raise ChannelSilent("an empty file", day=day.isoformat())


def _take(
    line: Line,
    bill_id: UUID,
    link: BillLink,
    stream: BinaryIO,
    file: Kept,
    *,
    now: datetime,
) -> None:
    """Stores the lines, or sets the file aside: one transaction, in which the bill is locked.

    The first line is read before it opens, since a large file is hashed first.
    """
    try:
        lines = _begun(line.adapter.read_bill(line.merchant, stream, link=link))
        with transaction.atomic(durable=True):
            bill = Bill.objects.select_for_update().get(pk=bill_id)
            if bill.state in ("stored", "changed"):
                difference = storing.difference(bill, lines)
                _tell_changed(bill, link, file, difference, now=now)
                return
            count = storing.store(bill, lines)
            _note(bill, link, file, "stored", {}, now=now)
            because = "the whole file agrees with its hash and its sums"
            trail.advance(
                bill,
                to="stored",
                actor=WORKER,
                because=because,
                now=now,
                lines=count,
                difference={},
            )
            duties.owe("bill.apply", bill.id, now=now)
            duties.owe("bill.look_again", bill.id, now=now, due_at=now + SECOND_LOOK_AFTER)
    except BillUnreadable as unreadable:
        _set_aside(bill_id, link, file, unreadable, now=now)


def _begun(lines: Iterator[BillLine]) -> Iterator[BillLine]:
    first = next(lines, None)
    return chain(() if first is None else (first,), lines)


@transaction.atomic(durable=True)
def _nothing(bill_id: UUID, code: str, *, now: datetime) -> None:
    bill = Bill.objects.select_for_update().get(pk=bill_id)
    if bill.state in ("expected", "quarantined"):
        trail.advance(bill, to="nothing", actor=WORKER, because=code, now=now)
        if code == BillNotThere.code:
            duties.owe("bill.apply", bill.id, now=now)


@transaction.atomic(durable=True)
def _set_aside(
    bill_id: UUID,
    link: BillLink,
    file: Kept,
    unreadable: BillUnreadable,
    *,
    now: datetime,
) -> None:
    """Books nothing of the file and says in which way it is not a bill."""
    bill = Bill.objects.select_for_update().get(pk=bill_id)
    difference = {"what": unreadable.message, **_plain(unreadable.facts)}
    _note(bill, link, file, "unreadable", difference, now=now)
    _alarm(bill, "bill_unreadable", difference, now=now)
    if bill.state in ("expected", "nothing"):
        trail.advance(
            bill,
            to="quarantined",
            actor=WORKER,
            because=unreadable.message,
            now=now,
            difference=difference,
        )


def _tell_changed(
    bill: Bill,
    link: BillLink,
    file: Kept,
    difference: Mapping[str, Any],
    *,
    now: datetime,
) -> None:
    """Another file for a day that was taken: the lines stay, and people are told of the change."""
    _note(bill, link, file, "changed" if difference else "stored", difference, now=now)
    if not difference or bill.state == "changed":
        return
    _alarm(bill, "bill_changed", difference, now=now)
    trail.advance(
        bill,
        to="changed",
        actor=Actor(kind="channel", id=bill.channel),
        because="the channel gives another file for a day it gave one for",
        now=now,
        difference=dict(difference),
    )


def _note(
    bill: Bill,
    link: BillLink,
    file: Kept,
    verdict: str,
    difference: Mapping[str, Any],
    *,
    now: datetime,
) -> None:
    BillFile.objects.get_or_create(
        bill=bill,
        sha256=file.digest,
        defaults={
            "announced_hash": link.hash_hex,
            "size_bytes": file.size,
            "verdict": verdict,
            "difference": dict(difference),
            "fetched_at": now,
        },
    )


def _alarm(bill: Bill, code: str, difference: Mapping[str, Any], *, now: datetime) -> None:
    actor = Actor(kind="channel", id=bill.channel)
    what = str(difference)[:500]
    trail.alarm(code, actor=actor, now=now, subject=str(bill.id), day=bill.day, what=what)


def _plain(facts: Mapping[str, object]) -> dict[str, Any]:
    known = (str, int, list, dict)
    return {
        name: value if isinstance(value, known) else str(value) for name, value in facts.items()
    }
