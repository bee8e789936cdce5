"""Explains a received signature to whoever must find out why it does not verify."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from accounts import clock
from gateway.channels import debugging
from gateway.channels.debugging.hints import HINTS
from gateway.payments import merchants
from gateway.payments.models import MerchantAccount


class Command(BaseCommand):
    """``check_signature CHANNEL --body FILE``; reads no secret, so that it can show none."""

    help = __doc__ or ""

    def add_arguments(self, parser: CommandParser) -> None:
        """What was received, and optionally what the sender says it signed."""
        parser.add_argument("channel", choices=debugging.explained_channels())
        parser.add_argument("--body", type=Path, required=True, help="the bytes as they came")
        parser.add_argument("--headers", type=Path, help="JSON file {name: value}")
        parser.add_argument("--status", type=int, help="HTTP status, for an answer")
        parser.add_argument("--theirs", type=Path, help="what the sender says it signed")
        parser.add_argument("--merchant", help="merchant number; the only one otherwise")
        parser.add_argument("--at", help="the moment of receipt, RFC 3339; now otherwise")

    def handle(self, *args: Any, **options: Any) -> None:
        """Prints the explanation; fails unless the signature is good."""
        try:
            headers = json.loads(options["headers"].read_text()) if options["headers"] else {}
            specimen = debugging.Specimen(
                headers=headers, body=options["body"].read_bytes(), status=options["status"]
            )
            theirs = options["theirs"].read_bytes() if options["theirs"] else None
            now = datetime.fromisoformat(options["at"]) if options["at"] else clock.now()
        except (OSError, ValueError) as wrong:
            raise CommandError(f"cannot be read: {wrong}") from wrong
        if now.tzinfo is None:
            raise CommandError("--at needs an offset, as in 2026-11-22T12:00:00+08:00")
        account = _account(options["channel"], options["merchant"])
        told = debugging.explain(
            account.channel, merchants.without_secrets(account), specimen, now=now, theirs=theirs
        )
        for line in _lines(told):
            self.stdout.write(line)
        if told.verdict is not debugging.Verdict.GOOD:
            raise CommandError(f"{told.verdict.value}: {told.why or 'see above'}")


def _account(channel: str, merchant_no: str | None) -> MerchantAccount:
    rows = MerchantAccount.objects.filter(channel=channel).order_by("merchant_no")
    if merchant_no:
        rows = rows.filter(merchant_no=merchant_no)
    found = rows.first()
    if found is None:
        raise CommandError("there is no such merchant account")
    return found


def _lines(told: debugging.Explanation) -> Iterator[str]:
    yield f"verdict 结论: {told.verdict.value} {told.why}".rstrip()
    if told.key_id:
        yield f"key 密钥: {told.key_id} ({told.algorithm}), nonce 随机串: {told.nonce or '-'}"
    if told.signed_at is not None:
        yield f"signed at 签名时间: {told.signed_at.isoformat()}, skew 时差 {told.skew_seconds} s"
    for name, digest in told.digests.items():
        yield f"{name}: {digest}"
    if told.canonical:
        yield f"canonical 签名原文 ({len(told.canonical)} bytes, {told.encoding}):"
        yield told.canonical.decode(told.encoding, "backslashreplace")
    if told.difference is not None:
        yield f"first difference 第一处不同: byte {told.difference.at}"
        yield f"  ours 我方:   {told.difference.ours!r}"
        yield f"  theirs 对方: {told.difference.theirs!r}"
    for code in told.hints:
        zh, en = HINTS[code]
        yield f"hint 提示 {code}: {zh} {en}"
