"""Forms of tables in which banks send statements: columns and words as data, one file a form."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any

from reserve_funds.custody.errors import StatementFormUnknown, StatementFormWrong

HEAD_FIELDS = frozenset({"account_no", "currency", "number", "first_day", "last_day", "opening"})
TAIL_FIELDS = frozenset({"closing", "lines", "in_sum", "out_sum"})
LINE_FIELDS = frozenset(
    {
        "bank_no", "booked_day", "value_day", "side", "amount", "in_amount", "out_amount",
        "balance", "our_no", "counterparty_no", "counterparty_name", "summary", "remark", "kind",
    }
)  # fmt: skip
_NEEDED_HEAD = frozenset({"account_no", "first_day", "opening"})
_NEEDED_TAIL = frozenset({"closing"})
_NEEDED_LINE = frozenset({"bank_no", "booked_day"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Form:
    """One bank's table.

    `shape` is `csv` or `fixed`. In a csv `head` and `tail` map a label of the lines around the
    table to a field, `columns` a heading to a field. In a fixed-width file each is a record whose
    first bytes are `records[part]`, and maps a field to [first byte, width], from 0. `sides` says
    which words mean in and out. Amounts are yuan, or fen with `minor_units`.
    """

    name: str
    title: str
    grounds: str
    shape: str
    encoding: str
    head: Mapping[str, Any]
    columns: Mapping[str, Any]
    tail: Mapping[str, Any]
    sides: Mapping[str, str]
    records: Mapping[str, str]
    delimiter: str = ","
    width: int = 0
    minor_units: bool = False


def names() -> tuple[str, ...]:
    """Every form there is."""
    folder = resources.files("reserve_funds.custody.statements") / "forms"
    return tuple(sorted(f.name.removesuffix(".toml") for f in folder.iterdir() if _is_form(f.name)))


@cache
def by_name(name: str) -> Form:
    """The form of that name. StatementFormUnknown, StatementFormWrong."""
    if name not in names():
        raise StatementFormUnknown(form=name[:40])
    file = resources.files("reserve_funds.custody.statements") / "forms" / f"{name}.toml"
    return form_of(name, file.read_text(encoding="utf-8"))


def form_of(name: str, text: str) -> Form:
    """The form that a TOML text describes. StatementFormWrong."""
    try:
        form = Form(name=name, **({"records": {}} | tomllib.loads(text)))
    except (tomllib.TOMLDecodeError, TypeError) as wrong:
        raise StatementFormWrong(str(wrong)[:200], form=name) from wrong
    told = form.shape == "csv"
    for what, part, allowed, needed in (
        ("head", form.head, HEAD_FIELDS, _NEEDED_HEAD),
        ("columns", form.columns, LINE_FIELDS, _NEEDED_LINE),
        ("tail", form.tail, TAIL_FIELDS, _NEEDED_TAIL),
    ):
        fields = set(part.values()) if told else set(part)
        if fields - allowed or needed - fields:
            raise StatementFormWrong(
                f"{what}: unknown {sorted(fields - allowed)}, missing {sorted(needed - fields)}",
                form=name,
            )
    if form.shape not in ("csv", "fixed") or set(form.sides.values()) - {"in", "out"}:
        raise StatementFormWrong("shape is csv or fixed, sides are in and out", form=name)
    if form.shape == "fixed" and (set(form.records) != {"head", "line", "tail"} or not form.width):
        raise StatementFormWrong("a fixed form names its three records and their width", form=name)
    return form


def _is_form(file_name: str) -> bool:
    return file_name.endswith(".toml")
