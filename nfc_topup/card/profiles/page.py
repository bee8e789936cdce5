"""docs/card-profiles.md, the page an issuer checks, written from the profiles' own files."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from nfc_topup.card.profiles.catalogue import SHEETS
from nfc_topup.card.profiles.schema import Sheet
from nfc_topup.card.profiles.settings import SETTINGS

PAGE = Path(__file__).resolve().parents[3] / "docs" / "card-profiles.md"

_HEAD = """\
# 卡片参数 Card profiles

Generated from `nfc_topup/card/profiles/*.toml` by `manage.py card_profiles`;
`--check FILE` checks a new file. A profile is chosen by the AID that a card answers to, so that
old city cards go on loading beside the ministry's, with keys of their own (平稳过渡).
Nothing here claims conformity to a standard: no text of it was available.

How sure a value is: **seen** on a running card · **agreed** by two or more independent public
sources · **one source** · **disputed**: sources differ, ask the issuer · **inferred** ·
**ours**: a decision of this house.
"""


def page() -> str:
    """The whole page as Markdown; equal files give equal bytes."""
    parts = [_HEAD]
    for sheet in SHEETS.values():
        parts += _own(sheet) if not sheet.extends else _child(sheet)
    return "\n".join(parts)


def _own(sheet: Sheet) -> list[str]:
    return [*_title(sheet), *_table(sheet, list(SETTINGS)), ""]


def _child(sheet: Sheet) -> list[str]:
    own = [name for name in SETTINGS if name not in sheet.inherited]
    says = "**EXPERIMENTAL.** " if sheet.experimental else ""
    says += f"For the sandbox only; production refuses it. As `{sheet.extends}`"
    says += ", but:" if own else "."
    return [*_title(sheet), says, "", *(_table(sheet, own) if own else []), ""]


def _title(sheet: Sheet) -> list[str]:
    return [f"## `{sheet.profile.name}`: {sheet.title_zh} {sheet.title_en}", ""]


def _table(sheet: Sheet, names: list[str]) -> list[str]:
    return [
        "| setting | 参数 | what | value | how sure | by whom | others say |",
        "|---|---|---|---|---|---|---|",
        *(_row(sheet, name) for name in names),
    ]


def _row(sheet: Sheet, name: str) -> str:
    told, setting = sheet.told[name], SETTINGS[name]
    sure = f"**{told.confidence}**" if told.confidence == "disputed" else str(told.confidence)
    others = "<br>".join(told.alternatives)
    value = _value(told.value)
    return (
        f"| `{name}` | {setting.zh} | {setting.en} | {value} | {sure} | {told.source} | {others} |"
    )


def _value(value: Any) -> str:
    if value == "":
        return "nothing"
    return f"`{value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)}`"
