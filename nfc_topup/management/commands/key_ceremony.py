"""Holds key ceremonies at a terminal: each act by a person who proves it with a token of theirs."""

from __future__ import annotations

from argparse import ArgumentParser
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

from django.core.management.base import BaseCommand, CommandError

from accounts import clock
from accounts.errors import DomainError
from nfc_topup.keys import (
    activation,
    ceremonies,
    desk,
    destruction,
    ending,
    gathering,
    planning,
    rotation,
)
from nfc_topup.keys.ceremonies import CeremonyRow
from nfc_topup.keys.planning import Wish
from nfc_topup.keys.purposes import RULES
from nfc_topup.vault.component_seal import seal_component
from nfc_topup.vault.custody import CHECK_RULES
from nfc_topup.vault.key_block_header import LONGEST_BLOCK


class Command(BaseCommand):
    """See docs/keys.md. No secret is ever an argument: tokens and components are typed hidden."""

    help = "密钥仪式 Plan, gather, approve and end the ways of card keys."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """One act, and what it is about."""
        acts = parser.add_subparsers(dest="act", required=True)
        _plan_arguments(acts.add_parser("plan", help="计划 open a ceremony"))
        contribute = _about(acts, "contribute", "输入分量 give a component")
        contribute.add_argument("--number", type=int, required=True)
        contribute.add_argument("--check-value", required=True, help="分量校验值, from its sheet")
        _about(acts, "combine", "合成 bring a full ceremony's key in")
        block = _about(acts, "import-block", "导入密钥块 bring a key block in")
        block.add_argument("file", type=Path)
        export = _about(acts, "export-block", "导出密钥块 write the planned key block")
        export.add_argument("file", type=Path)
        _about(acts, "ask-activation", "申请启用 ask for the activation")
        _about(acts, "approve", "复核启用 approve it, as a second officer")
        _about(acts, "abort", "中止 end it and erase everything").add_argument(
            "--because", required=True
        )
        retire = _about(acts, "retire", "停用 an outgoing key only judges what it began")
        retire.add_argument("--because", required=True)
        retire.add_argument("--compromised", action="store_true", help="泄露 at once, also active")
        destroy = _about(acts, "ask-destroy", "申请销毁 ask that a retired key be destroyed")
        destroy.add_argument("--because", required=True)
        gone = _about(acts, "approve-destroy", "复核销毁 approve it; in the vault too")
        gone.add_argument("--approval", type=UUID, required=True)
        _about(acts, "ask-return", "申请恢复 ask that an outgoing key be active again")
        back = _about(acts, "approve-return", "复核恢复 approve it, as a second officer")
        back.add_argument("--approval", type=UUID, required=True)
        acts.add_parser("show", help="进行中 what is open, and what comes next")

    def handle(self, *args: Any, **options: Any) -> None:
        """Do the act and say in both languages what is so now."""
        now = clock.now()
        try:
            told = ACTS[options["act"]](options, now)
        except DomainError as refused:
            raise CommandError(f"{refused.zh} {refused.en} [{refused}]") from refused
        self.stdout.write(told)


def _plan_arguments(parser: ArgumentParser) -> None:
    parser.add_argument("--purpose", choices=[str(purpose) for purpose in RULES], required=True)
    parser.add_argument("--index", type=int, required=True)
    parser.add_argument("--check-value", required=True, help="密钥校验值, 6 hex digits")
    parser.add_argument("--algorithm", default="3des")
    parser.add_argument("--check-rule", choices=CHECK_RULES, default="ecb-zeros")
    parser.add_argument("--level", action="append", default=[], help="分散级, e.g. asn8; in order")
    parser.add_argument("--card-byte", type=int, help="卡片应答的密钥版本字节, 0..255")
    parser.add_argument("--components", type=int, default=0, help="2..5")
    parser.add_argument("--transport", type=UUID, help="传输密钥, for a key block")
    parser.add_argument("--block-usage", default="")
    parser.add_argument(
        "--export-under", type=UUID, help="同时导出, also make a key block under it"
    )
    parser.add_argument("--valid-days", type=int, required=True)
    parser.add_argument("--open-days", type=int, default=7)


def _about(acts: Any, name: str, told: str) -> ArgumentParser:
    parser: ArgumentParser = acts.add_parser(name, help=told)
    parser.add_argument("id", type=UUID)
    return parser


def _plan(options: Mapping[str, Any], now: datetime) -> str:
    wish = Wish(
        purpose=next(one for one in RULES if str(one) == options["purpose"]),
        index=options["index"],
        check_value=options["check_value"].upper(),
        valid_from=now,
        expires_at=now + timedelta(days=options["valid_days"]),
        closes_at=now + timedelta(days=options["open_days"]),
        algorithm=options["algorithm"],
        check_rule=options["check_rule"],
        levels=tuple(options["level"]),
        components=options["components"],
        transport=options["transport"],
        block_usage=options["block_usage"],
        export_under=options["export_under"],
        card_byte=options["card_byte"],
    )
    ceremony = planning.plan(wish, by=desk.who(now), now=now)
    return _where(ceremony.id, now)


def _contribute(options: Mapping[str, Any], now: datetime) -> str:
    by, part = desk.who(now), desk.component()
    public = gathering.public_half(options["id"])
    number = options["number"]
    if not 0 <= number <= 255:
        raise CommandError("没有这个分量。 There is no such component.")
    sealed = seal_component(public, options["id"], number, part)
    del part
    gathering.contribute(
        options["id"],
        number=number,
        sealed=sealed,
        check_value=options["check_value"],
        by=by,
        now=now,
    )
    return _where(options["id"], now)


def _combine(options: Mapping[str, Any], now: datetime) -> str:
    gathering.combine(options["id"], by=desk.who(now), now=now)
    return _where(options["id"], now)


def _import_block(options: Mapping[str, Any], now: datetime) -> str:
    try:
        with options["file"].open(encoding="ascii") as file:
            text = file.read(LONGEST_BLOCK + 2).strip()
    except (OSError, UnicodeDecodeError) as wrong:
        raise CommandError("密钥块文件无法读取。 The file cannot be read.") from wrong
    gathering.import_block(options["id"], text=text, by=desk.who(now), now=now)
    return _where(options["id"], now)


def _export_block(options: Mapping[str, Any], now: datetime) -> str:
    block = rotation.export_block(options["id"], by=desk.who(now), now=now)
    try:
        with options["file"].open("x", encoding="ascii") as file:
            file.write(block + "\n")
    except OSError as wrong:
        raise CommandError("文件已存在或无法写入。 The file cannot be made.") from wrong
    return f"密钥块已写入 {options['file']}。 The key block is in it."


def _ask(options: Mapping[str, Any], now: datetime) -> str:
    approval = activation.ask(options["id"], by=desk.who(now), now=now)
    return f"{_where(options['id'], now)}\n审批 approval {approval.pk}"


def _approve(options: Mapping[str, Any], now: datetime) -> str:
    key = activation.approve(options["id"], by=desk.who(now), now=now)
    return f"密钥 {key.purpose}-{key.index}-v{key.version} 已启用。 The key is active."


def _ask_return(options: Mapping[str, Any], now: datetime) -> str:
    approval = activation.ask_return(options["id"], by=desk.who(now), now=now)
    return f"已申请恢复,待第二人复核。 A second officer approves with --approval {approval.pk}"


def _approve_return(options: Mapping[str, Any], now: datetime) -> str:
    key = activation.approve_return(options["id"], options["approval"], by=desk.who(now), now=now)
    return f"密钥 {key.purpose}-{key.index}-v{key.version} 已恢复在用。 The key is active again."


def _abort(options: Mapping[str, Any], now: datetime) -> str:
    ending.abort(options["id"], because=options["because"], by=desk.who(now), now=now)
    return "密钥仪式已中止,全部内容已清除。 The ceremony has ended; nothing of it is left."


def _retire(options: Mapping[str, Any], now: datetime) -> str:
    key = rotation.retire(
        options["id"],
        because=options["because"],
        by=desk.who(now),
        now=now,
        compromised=options["compromised"],
    )
    return f"密钥 {key.purpose}-{key.index}-v{key.version} 已停用。 The key is retired."


def _ask_destroy(options: Mapping[str, Any], now: datetime) -> str:
    because = options["because"]
    approval = destruction.ask(options["id"], because=because, by=desk.who(now), now=now)
    return f"已申请销毁,待第二人复核。 A second officer approves with --approval {approval.pk}"


def _approve_destroy(options: Mapping[str, Any], now: datetime) -> str:
    key = destruction.approve(options["id"], options["approval"], by=desk.who(now), now=now)
    return f"密钥 {key.purpose}-{key.index}-v{key.version} 已销毁。 The key is destroyed."


def _show(options: Mapping[str, Any], now: datetime) -> str:
    rows = ceremonies.open_ones(now)
    return "\n".join(map(_line, rows)) or "没有进行中的密钥仪式。 No ceremony is open."


def _where(ceremony_id: UUID, now: datetime) -> str:
    return _line(ceremonies.get(ceremony_id, now))


def _line(row: CeremonyRow) -> str:
    name = f"{row.purpose}-{row.index}-v{row.version}"
    return f"{row.id} {name} {row.state} {len(row.given)}/{row.needed} {row.next_zh} {row.next_en}"


ACTS: Mapping[str, Callable[[Mapping[str, Any], datetime], str]] = {
    "plan": _plan,
    "contribute": _contribute,
    "combine": _combine,
    "import-block": _import_block,
    "export-block": _export_block,
    "ask-activation": _ask,
    "approve": _approve,
    "abort": _abort,
    "retire": _retire,
    "ask-destroy": _ask_destroy,
    "approve-destroy": _approve_destroy,
    "ask-return": _ask_return,
    "approve-return": _approve_return,
    "show": _show,
}
