"""A list as people write it: its columns, and each row as a card, an amount and a label."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from gateway.bulk.list_errors import ListEmpty, ListHeadingUnknown, ListTooLong
from gateway.bulk.sheets import Row

MOST_ROWS: Final = 10_000
LONGEST_LABEL: Final = 40
_HEADING_WITHIN: Final = 10
_MOST_FEN: Final = 10**9
_HEADINGS: Mapping[str, frozenset[str]] = {
    "card": frozenset({"卡号", "交通卡号", "一卡通卡号", "cardno", "cardnumber", "card"}),
    "amount": frozenset({"金额", "充值金额", "充值额", "amount", "yuan"}),
    "label": frozenset({"工号", "员工编号", "编号", "姓名", "备注", "staffno", "name", "label"}),
}
_NOT_NAMING = re.compile(r"\(.*?\)|[\s_:*-]")
_CARD = re.compile(r"0?([0-9]{19})")
_LOST_DIGITS = re.compile(r"[0-9](?:\.[0-9]+)?e\+?[0-9]+", re.IGNORECASE)
_YUAN = re.compile(r"[¥￥]?((?:[0-9]{1,3}(?:,[0-9]{3})+|[0-9]{1,7}))(?:\.([0-9]{1,2}))?元?")


class Fault(StrEnum):
    """What can be wrong with a row as it is written."""

    CARD_MISSING = "card_missing"
    CARD_MALFORMED = "card_malformed"
    CARD_LOST_DIGITS = "card_lost_digits"
    AMOUNT_MALFORMED = "amount_malformed"
    DUPLICATE = "duplicate"


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """One row: for which card (20 digits, empty when not understood), how much, for whom.

    `fault` is empty for a row that can be read. `twin_line` is where the same card stood before.
    """

    line_no: int
    label: str
    asn: str
    amount_fen: int
    fault: str = ""
    twin_line: int = 0


def listed(rows: Iterable[Row]) -> Iterator[Listed]:
    """The rows under the heading, in order; the same card a second time is a duplicate.

    ListHeadingUnknown, ListEmpty, ListTooLong.
    """
    source = iter(rows)
    columns = _columns(source)
    seen: dict[str, int] = {}
    count = 0
    for row in source:
        count += 1
        if count > MOST_ROWS:
            raise ListTooLong(most=MOST_ROWS)
        yield _one(row, columns, seen)
    if not count:
        raise ListEmpty


def fen_of(text: str) -> int | None:
    """`1,200.5`, `¥50`, `50 元` in fen; None for what is no amount above zero."""
    found = _YUAN.fullmatch(_plain(text))
    if found is None:
        return None
    fen = int(found[1].replace(",", "")) * 100 + int((found[2] or "").ljust(2, "0"))
    return fen if 0 < fen <= _MOST_FEN else None


def _columns(rows: Iterator[Row]) -> dict[str, int]:
    for _, row in zip(range(_HEADING_WITHIN), rows, strict=False):
        found: dict[str, int] = {}
        for at, cell in enumerate(row.cells):
            named = _NOT_NAMING.sub("", unicodedata.normalize("NFKC", cell).lower())
            for column, names in _HEADINGS.items():
                if named in names:
                    found.setdefault(column, at)
        if "card" in found and "amount" in found:
            return found
    raise ListHeadingUnknown


def _one(row: Row, columns: Mapping[str, int], seen: dict[str, int]) -> Listed:
    said = {name: row.cells[at] if at < len(row.cells) else "" for name, at in columns.items()}
    asn, fault = _card(said["card"])
    fen = fen_of(said["amount"])
    twin = seen.setdefault(asn, row.line_no) if asn else row.line_no
    if not fault and fen is None:
        fault = Fault.AMOUNT_MALFORMED
    if not fault and twin != row.line_no:
        fault = Fault.DUPLICATE
    return Listed(
        line_no=row.line_no,
        label=_shown(said.get("label", "")),
        asn=asn,
        amount_fen=fen or 0,
        fault=str(fault),
        twin_line=twin if fault == Fault.DUPLICATE else 0,
    )


def _card(said: str) -> tuple[str, str]:
    plain = _plain(said).replace("-", "")
    if not plain:
        return "", Fault.CARD_MISSING
    if found := _CARD.fullmatch(plain):
        return f"0{found[1]}", ""
    return "", Fault.CARD_LOST_DIGITS if _LOST_DIGITS.fullmatch(plain) else Fault.CARD_MALFORMED


def _plain(text: str) -> str:
    """Full-width digits as digits, no blanks, and no apostrophe with which sheets mark text."""
    folded = unicodedata.normalize("NFKC", text).lstrip("'")
    return re.sub(r"\s", "", folded)


def _shown(text: str) -> str:
    kept = "".join(one for one in text if unicodedata.category(one)[0] != "C")
    return kept.strip()[:LONGEST_LABEL]
