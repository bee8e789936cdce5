"""camt.053 (ISO 20022 BankToCustomerStatement), any version: streamed, without DTD or network.

Elements are matched by local name, since banks differ in the version of the namespace only.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any, BinaryIO

from lxml import etree

from reserve_funds.custody.statements.texts import (
    day_of,
    fen_of,
    only_cny,
    plain,
    unreadable,
)
from reserve_funds.custody.statements.values import BankLine, Closing, Opening, Part, Side

MESSAGE = "BkToCstmrStmt"
_BALANCES_BEFORE = frozenset({"OPBD", "PRCD"})
_BALANCE_AFTER = "CLBD"
_BOOKED = "BOOK"


def read(stream: BinaryIO) -> Iterator[Part]:
    """The statements of one message, unchecked. StatementUnreadable.

    Only booked entries count (`Sts` BOOK). A batch entry stays one line: its sum is what the
    bank booked. `RvslInd` marks a reversal, whose own side already says which way money went.
    """
    statement: _Statement | None = None
    seen_message = False
    try:
        for event, element in etree.iterparse(
            stream,
            events=("start", "end"),
            resolve_entities=False,
            no_network=True,
            load_dtd=False,
            huge_tree=False,
            remove_comments=True,
            remove_pis=True,
        ):
            name = _local(element)
            if event == "start":
                _refuse_dtd(element)
                seen_message = seen_message or name == MESSAGE
                if name == "Stmt":
                    statement = _Statement()
            elif name == "Ntry" and statement is not None:
                yield from statement.entry(element)
            elif name == "Stmt" and statement is not None:
                yield from statement.end(element)
                statement = None
                element.clear()
    except etree.XMLSyntaxError as wrong:
        raise unreadable("not XML, or not all of it", wrong.lineno or 0) from wrong
    if not seen_message:
        raise unreadable(f"no {MESSAGE} in the message", 0)


class _Statement:
    """One `Stmt` on its way: the opening is told before the first entry, from what precedes it."""

    def __init__(self) -> None:
        self._lines = 0
        self._opened = False
        self._read: Any = None

    def entry(self, entry: Any) -> Iterator[Part]:
        if not self._opened:
            yield self._opening(entry.getparent())
        self._forget_the_one_before(entry)
        if (_text(entry, "Sts/Cd") or _text(entry, "Sts")) == _BOOKED:
            self._lines += 1
            yield _line(entry, self._lines)

    def end(self, statement: Any) -> Iterator[Part]:
        if not self._opened:
            yield self._opening(statement)
        summary = _first(statement, "TxsSummry/TtlNtries/NbOfNtries")
        yield Closing(
            balance_fen=_balance(statement, {_BALANCE_AFTER}),
            lines=None if summary is None else int(plain(summary.text, line=_at(summary)) or 0),
            in_fen=_sum(statement, "TxsSummry/TtlCdtNtries/Sum"),
            out_fen=_sum(statement, "TxsSummry/TtlDbtNtries/Sum"),
        )

    def _forget_the_one_before(self, entry: Any) -> None:
        """Free what was read, so that a long statement never stands in memory whole."""
        if self._read is not None:
            self._read.getparent().remove(self._read)
        self._read = entry

    def _opening(self, statement: Any) -> Opening:
        self._opened = True
        first, last = _days(statement)
        account = _text(statement, "Acct/Id/Othr/Id") or _text(statement, "Acct/Id/IBAN")
        if not account:
            raise unreadable("a statement of no account", _at(statement))
        return Opening(
            account_no=account,
            currency=only_cny(_text(statement, "Acct/Ccy") or "CNY", line=_at(statement)),
            number=_text(statement, "ElctrncSeqNb") or _text(statement, "LglSeqNb"),
            first_day=first,
            last_day=last,
            balance_fen=_balance(statement, _BALANCES_BEFORE),
        )


def _line(entry: Any, number: int) -> BankLine:
    amount = _first(entry, "Amt")
    if amount is None:
        raise unreadable("an entry without an amount", _at(entry))
    only_cny(amount.get("Ccy", ""), line=_at(amount))
    amount_fen = fen_of(amount.text or "", line=_at(amount))
    if amount_fen <= 0:
        raise unreadable("an amount that is not positive", _at(amount), amount.text or "")
    side = _side(entry)
    party = "Cdtr" if side is Side.OUT else "Dbtr"
    booked = _day(entry, "BookgDt")
    return BankLine(
        line_no=number,
        bank_no=_text(entry, "AcctSvcrRef") or _text(entry, "NtryRef"),
        booked_day=booked,
        value_day=_day(entry, "ValDt") if _first(entry, "ValDt") is not None else booked,
        side=side,
        amount_fen=amount_fen,
        reversal=_text(entry, "RvslInd") == "true",
        our_no=_text(entry, "NtryDtls/TxDtls/Refs/EndToEndId"),
        counterparty_no=_text(entry, f"NtryDtls/TxDtls/RltdPties/{party}Acct/Id/Othr/Id"),
        counterparty_name=_text(entry, f"NtryDtls/TxDtls/RltdPties/{party}/Nm")
        or _text(entry, f"NtryDtls/TxDtls/RltdPties/{party}/Pty/Nm"),
        summary=_text(entry, "AddtlNtryInf"),
        remark=_text(entry, "NtryDtls/TxDtls/RmtInf/Ustrd"),
        kind=_text(entry, "BkTxCd/Prtry/Cd") or _text(entry, "BkTxCd/Domn/Cd"),
    )


def _days(statement: Any) -> tuple[date, date]:
    """The days a statement covers: its period, else the day of its closing balance."""
    if _first(statement, "FrToDt") is not None:
        first = day_of(_text(statement, "FrToDt/FrDtTm")[:10], line=_at(statement))
        last = day_of(_text(statement, "FrToDt/ToDtTm")[:10], line=_at(statement))
        return first, last
    for balance in _all(statement, "Bal"):
        if _text(balance, "Tp/CdOrPrtry/Cd") == _BALANCE_AFTER:
            day = _day(balance, "Dt")
            return day, day
    raise unreadable("a statement of no day", _at(statement))


def _balance(statement: Any, codes: set[str] | frozenset[str]) -> int:
    for balance in _all(statement, "Bal"):
        if _text(balance, "Tp/CdOrPrtry/Cd") in codes:
            amount = _first(balance, "Amt")
            if amount is None:
                break
            only_cny(amount.get("Ccy", ""), line=_at(amount))
            fen = fen_of(amount.text or "", line=_at(amount))
            return fen if _side(balance) is Side.IN else -fen
    raise unreadable(f"no balance of type {' or '.join(sorted(codes))}", _at(statement))


def _side(element: Any) -> Side:
    word = _text(element, "CdtDbtInd")
    if word not in ("CRDT", "DBIT"):
        raise unreadable("neither CRDT nor DBIT", _at(element), word)
    return Side.IN if word == "CRDT" else Side.OUT


def _sum(statement: Any, path: str) -> int | None:
    found = _first(statement, path)
    return None if found is None else fen_of(found.text or "", line=_at(found))


def _day(element: Any, name: str) -> date:
    text = _text(element, f"{name}/Dt") or _text(element, f"{name}/DtTm")[:10]
    return day_of(text, line=_at(element))


def _text(element: Any, path: str) -> str:
    found = _first(element, path)
    return "" if found is None else plain(found.text, line=_at(found))


def _first(element: Any, path: str) -> Any:
    for found in _all(element, path):
        return found
    return None


def _all(element: Any, path: str) -> Iterator[Any]:
    head, _, rest = path.partition("/")
    for child in element:
        if _local(child) == head:
            if rest:
                yield from _all(child, rest)
            else:
                yield child


def _local(element: Any) -> str:
    tag = element.tag
    return tag.rpartition("}")[2] if isinstance(tag, str) else ""


def _at(element: Any) -> int:
    return int(element.sourceline or 0)


def _refuse_dtd(element: Any) -> None:
    if element.getparent() is None:
        info = element.getroottree().docinfo
        if info.doctype or info.internalDTD is not None:
            raise unreadable("a document type definition is not taken", 1)
