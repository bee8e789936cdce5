"""Judges a handover line by line before anything is taken: what is wrong, and what to look at."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from enum import StrEnum
from itertools import islice
from typing import BinaryIO

from accounts.models import IssuerPrefix
from reserve_funds.custody.cutover import reading
from reserve_funds.custody.cutover.models import LegacyCard
from reserve_funds.custody.cutover.reading import Fault, Row

LISTED = 200
_TOGETHER = 5_000


class Remark(StrEnum):
    """What does not hinder, and should be looked at."""

    FOREIGN = "foreign"
    UNKNOWN_ISSUER = "unknown_issuer"


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What is said of one line; without a fault it may be taken."""

    row: Row
    remark: Remark | None

    @property
    def is_good(self) -> bool:
        return self.row.fault is None


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """All lines together: what may be taken, how many of each fault and remark, and the first."""

    cards: int
    total_fen: int
    faults: dict[Fault, int]
    remarks: dict[Remark, int]
    listed: tuple[Verdict, ...]

    @property
    def is_good(self) -> bool:
        return not self.faults


def judge(file: BinaryIO, *, pool: int, listed: int = LISTED) -> Judged:
    """The whole file; `listed` holds its first lines with a fault or a remark, faults first.

    LegacyFileRefused for what cannot be read at all. Nothing is written.
    """
    cards = total_fen = 0
    faults, remarks = Counter[Fault](), Counter[Remark]()
    wrong: list[Verdict] = []
    odd: list[Verdict] = []
    for one in verdicts(file, pool=pool):
        if one.row.fault is not None:
            faults[one.row.fault] += 1
            wrong += [one] if len(wrong) < listed else []
            continue
        cards += 1
        total_fen += one.row.balance_fen or 0
        if one.remark is not None:
            remarks[one.remark] += 1
            odd += [one] if len(odd) < listed else []
    return Judged(
        cards=cards,
        total_fen=total_fen,
        faults=dict(faults),
        remarks=dict(remarks),
        listed=tuple([*wrong, *odd][:listed]),
    )


def verdicts(file: BinaryIO, *, pool: int) -> Iterator[Verdict]:
    """One verdict a line, in their order; what was taken before is asked in thousands at once."""
    prefixes = dict(IssuerPrefix.objects.values_list("prefix", "operator__pool"))
    lines = reading.rows(file)
    while some := list(islice(lines, _TOGETHER)):
        told = [row.asn for row in some if row.asn is not None]
        taken = set(
            LegacyCard.objects.filter(pool=pool, card__in=told).values_list("card", flat=True)
        )
        for each in some:
            is_known = each.fault is None and each.asn in taken
            row = replace(each, fault=Fault.TAKEN) if is_known else each
            yield Verdict(row=row, remark=_remark(row, pool, prefixes))


def _remark(row: Row, pool: int, prefixes: dict[str, int]) -> Remark | None:
    """By the longest prefix that is known of the card's number."""
    if row.fault is not None or row.asn is None:
        return None
    number = row.asn[1:]
    beginnings = (number[:size] for size in range(len(number), 0, -1))
    issuer = next((prefixes[each] for each in beginnings if each in prefixes), None)
    if issuer is None:
        return Remark.UNKNOWN_ISSUER
    return None if issuer == pool else Remark.FOREIGN
