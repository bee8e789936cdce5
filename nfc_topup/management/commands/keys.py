"""Lists every card key with its state, check value, end and use; never a key."""

from __future__ import annotations

import json
from argparse import ArgumentParser
from dataclasses import asdict
from typing import Any

from django.core.management.base import BaseCommand
from django.core.serializers.json import DjangoJSONEncoder

from accounts import clock
from nfc_topup.keys import inventory
from nfc_topup.keys.inventory import KeyRow

STATES = {
    "prepared": "待启用",
    "active": "在用",
    "outgoing": "过渡",
    "retired": "停用",
    "destroyed": "已销毁",
}
HEAD = (
    "密钥 key", "状态 state", "算法 algorithm", "存放 home", "校验值 check", "卡片字节 byte",
    "有效期至 until", "写卡/授权/未了 loads/seals/open", "编号 id",
)  # fmt: skip


class Command(BaseCommand):
    """One line a key version, or all that may be told of them as JSON."""

    help = "密钥清单 The inventory of card keys."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Only the form."""
        parser.add_argument("--json", action="store_true", help="JSON 输出")

    def handle(self, *args: Any, **options: Any) -> None:
        """Print the inventory."""
        rows = inventory.rows(clock.now())
        if options["json"]:
            told = [asdict(row) for row in rows]
            self.stdout.write(json.dumps(told, cls=DjangoJSONEncoder, ensure_ascii=False, indent=1))
            return
        self.stdout.write(" | ".join(HEAD))
        for row in rows:
            self.stdout.write(" | ".join(_cells(row)))
        self.stdout.write(f"共 {len(rows)} 把 / {len(rows)} in all")


def _cells(row: KeyRow) -> tuple[str, ...]:
    until = "-" if row.expires_at is None else f"{row.expires_at:%Y-%m-%d}"
    if row.expired:
        until += " 已过期 expired"
    return (
        f"{row.purpose}-{row.index}-v{row.version}",
        f"{STATES[row.state]} {row.state}",
        row.algorithm,
        row.home,
        f"{row.check_value} {row.check_rule}",
        "-" if row.card_byte is None else f"{row.card_byte:02X}",
        until,
        f"{row.use.begun}/{row.use.sealed}/{row.use.unresolved}",
        str(row.id),
    )
