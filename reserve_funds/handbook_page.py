"""docs/accounting.md, the page an accountant reads, written from the code that books."""

from __future__ import annotations

from pathlib import Path

from reserve_funds.chart import KINDS, Book
from reserve_funds.handbook import EVENTS, PROFILES, REVERSED, Event, Purpose

PAGE = Path(__file__).resolve().parents[1] / "docs" / "accounting.md"

_BOOKS = {
    Book.RESERVE: "备付金账簿 reserve book: customers' money",
    Book.OWN: "自有账簿 own book: the operator's money",
    Book.MEMO: "备查账簿 memo book: counted, no money",
}
_SIDES = {"debit": "借 D", "credit": "贷 C"}


def page() -> str:
    """The whole handbook as Markdown; equal code gives equal bytes."""
    parts = [
        "# 会计科目与分录手册 The accounting handbook",
        "",
        (
            "Generated from `reserve_funds/chart.py` and `reserve_funds/handbook.py` by"
            " `manage.py accounting_handbook`. The database refuses every transfer that is not"
            " a row of it. Amounts are whole fen; D = debit, C = credit."
        ),
        "",
        "## 科目表 Chart",
        "",
        (
            "Guarded (受控) accounts may never be overdrawn, money set aside counted."
            " Tallied (汇总) accounts have no running total to lock and may lag."
        ),
        "",
    ]
    for book, title in _BOOKS.items():
        parts += [f"### {title}", "", *_chart(book), ""]
    parts += [
        "## 分录手册 Postings",
        "",
        (
            "Each event may debit any kind on its left and credit any on its right. 审批 approval:"
            " 双人复核 is needed, bound to exactly this content and spent once. Every line has"
            f" its correction (冲正): the code with `{REVERSED}`, sides swapped, always under an"
            " approval, in every profile: what was booked under a former profile can be corrected."
        ),
        "",
        "| code | 事项 | D 借 | C 贷 | 用途 purpose | 审批 |",
        "|---|---|---|---|---|---|",
        *(_line(event) for event in EVENTS),
        "",
        "## 用途 Purposes",
        "",
        "An outflow exists only under one of these purposes of the pool's rule profile.",
        "",
        "| purpose | " + " | ".join(PROFILES) + " |",
        "|---|" + "---|" * len(PROFILES),
        *(_purpose(purpose) for purpose in Purpose),
        "",
    ]
    return "\n".join(parts)


def _chart(book: Book) -> list[str]:
    return [
        "| 科目代码 | name | 科目 | side | kept | one for each |",
        "|---|---|---|---|---|---|",
        *(
            f"| {kind.number} | `{kind.name}` | {kind.zh} | {_SIDES[kind.side]} |"
            f" {'受控 guarded' if kind.guarded else '汇总 tallied'} | {kind.owner} |"
            for kind in KINDS
            if kind.book == book
        ),
    ]


def _line(event: Event) -> str:
    debits = "<br>".join(f"`{name}`" for name in event.debits)
    credited = "<br>".join(f"`{name}`" for name in event.credits)
    purpose = str(event.purpose or "")
    approval = "是 yes" if event.needs_approval else ""
    return f"| `{event.code}` | {event.zh} | {debits} | {credited} | {purpose} | {approval} |"


def _purpose(purpose: Purpose) -> str:
    cells = [
        ", ".join(f"`{event.code}`" for event in events if event.purpose == purpose) or "不允许 no"
        for events in PROFILES.values()
    ]
    return f"| {purpose} | " + " | ".join(cells) + " |"
