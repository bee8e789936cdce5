"""Daily statements as banks print them: camt.053, MT940, the web bank's CSV, GBK fixed width."""

import csv
import io
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from xml.sax.saxutils import escape

from gateway.sandbox.neighbours.yuan import yuan


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One entry as it is printed; `balance_fen` stands after it."""

    serial: str
    side: str
    amount_fen: int
    balance_fen: int
    reversal: bool
    our_no: str
    other_no: str
    other_name: str
    summary: str
    remark: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DayStatement:
    """One account's day. `number` counts the account's statements; `day` is YYYY-MM-DD."""

    account_no: str
    number: int
    day: str
    opening_fen: int
    closing_fen: int
    lines: tuple[Line, ...]

    @property
    def digits(self) -> str:
        """YYYYMMDD."""
        return self.day.replace("-", "")

    def sum_fen(self, side: str) -> int:
        """What went one way."""
        return sum(line.amount_fen for line in self.lines if line.side == side)


def camt053(told: DayStatement) -> bytes:
    """ISO 20022 camt.053.001.08."""
    entries = "".join(_entry(told, line) for line in told.lines)
    summary = (
        f"<TxsSummry><TtlNtries><NbOfNtries>{len(told.lines)}</NbOfNtries></TtlNtries>"
        f"<TtlCdtNtries><Sum>{yuan(told.sum_fen('in'))}</Sum></TtlCdtNtries>"
        f"<TtlDbtNtries><Sum>{yuan(told.sum_fen('out'))}</Sum></TtlDbtNtries></TxsSummry>"
    )
    return (
        '<?xml version="1.0" encoding="UTF-8"?>'
        '<Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.053.001.08"><BkToCstmrStmt>'
        f"<GrpHdr><MsgId>{told.digits}-{told.number}</MsgId>"
        f"<CreDtTm>{told.day}T23:59:59+08:00</CreDtTm></GrpHdr><Stmt>"
        f"<Id>{told.account_no}-{told.number}</Id><ElctrncSeqNb>{told.number}</ElctrncSeqNb>"
        f"<FrToDt><FrDtTm>{told.day}T00:00:00+08:00</FrDtTm>"
        f"<ToDtTm>{told.day}T23:59:59+08:00</ToDtTm></FrToDt>"
        f"<Acct><Id><Othr><Id>{told.account_no}</Id></Othr></Id><Ccy>CNY</Ccy></Acct>"
        f"{_balance('OPBD', told.opening_fen, told.day)}"
        f"{_balance('CLBD', told.closing_fen, told.day)}"
        f"{summary}{entries}</Stmt></BkToCstmrStmt></Document>"
    ).encode()


def _balance(code: str, amount_fen: int, day: str) -> str:
    side = "CRDT" if amount_fen >= 0 else "DBIT"
    return (
        f"<Bal><Tp><CdOrPrtry><Cd>{code}</Cd></CdOrPrtry></Tp>"
        f'<Amt Ccy="CNY">{yuan(abs(amount_fen))}</Amt><CdtDbtInd>{side}</CdtDbtInd>'
        f"<Dt><Dt>{day}</Dt></Dt></Bal>"
    )


def _entry(told: DayStatement, line: Line) -> str:
    side, party = ("CRDT", "Dbtr") if line.side == "in" else ("DBIT", "Cdtr")
    ours = f"<EndToEndId>{escape(line.our_no)}</EndToEndId>" if line.our_no else ""
    return (
        f'<Ntry><Amt Ccy="CNY">{yuan(line.amount_fen)}</Amt><CdtDbtInd>{side}</CdtDbtInd>'
        f"<RvslInd>{'true' if line.reversal else 'false'}</RvslInd><Sts><Cd>BOOK</Cd></Sts>"
        f"<BookgDt><Dt>{told.day}</Dt></BookgDt><ValDt><Dt>{told.day}</Dt></ValDt>"
        f"<AcctSvcrRef>{line.serial}</AcctSvcrRef><BkTxCd><Prtry><Cd>NTRF</Cd></Prtry></BkTxCd>"
        f"<NtryDtls><TxDtls><Refs>{ours}</Refs><RltdPties>"
        f"<{party}><Pty><Nm>{escape(line.other_name)}</Nm></Pty></{party}>"
        f"<{party}Acct><Id><Othr><Id>{escape(line.other_no)}</Id></Othr></Id></{party}Acct>"
        f"</RltdPties><RmtInf><Ustrd>{escape(line.remark)}</Ustrd></RmtInf></TxDtls></NtryDtls>"
        f"<AddtlNtryInf>{escape(line.summary)}</AddtlNtryInf></Ntry>"
    )


def mt940(told: DayStatement) -> bytes:
    """SWIFT MT940; what its sixteen characters cannot hold of our number stands in :86:."""
    day = told.digits[2:]
    fields = [
        f":20:{told.digits}",
        f":25:{told.account_no}",
        f":28C:{told.number}/1",
        f":60F:{_swift(told.opening_fen, day)}",
    ]
    for line in told.lines:
        mark = ("R" if line.reversal else "") + _mark(line)
        ours = line.our_no if 0 < len(line.our_no) <= 16 else "NONREF"
        amount = yuan(line.amount_fen).replace(".", ",")
        fields.append(f":61:{day}{day[2:]}{mark}{amount}NTRF{ours}//{line.serial}")
        if line.summary:
            fields.append(line.summary[:34])
        parts = [line.remark, line.other_no, line.other_name]
        if ours == "NONREF":
            parts.insert(0, line.our_no)
        fields.append(f":86:{' '.join(part for part in parts if part)[:65]}")
    fields.append(f":62F:{_swift(told.closing_fen, day)}")
    return "".join(f"{field}\r\n" for field in (*fields, "-")).encode("gb18030")


def _mark(line: Line) -> str:
    """The side as SWIFT means it: a reversal of a debit (RD) raises the balance."""
    raises = line.side == "in"
    return ("D" if raises else "C") if line.reversal else ("C" if raises else "D")


def _swift(amount_fen: int, day: str) -> str:
    return f"{'C' if amount_fen >= 0 else 'D'}{day}CNY{yuan(abs(amount_fen)).replace('.', ',')}"


def web_csv(told: DayStatement) -> bytes:
    """The web bank's table in GB18030; our number stands at the head of 附言."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    for row in (
        ("账号", f"`{told.account_no}"),
        ("币种", "人民币"),
        ("对账单编号", told.number),
        ("起始日期", told.digits),
        ("截止日期", told.digits),
        ("期初余额", yuan(told.opening_fen)),
        ("日期", "流水号", "借贷", "金额", "余额", "对方账号", "对方户名", "摘要", "附言"),
    ):
        writer.writerow(row)
    for line in told.lines:
        sign = "-" if line.reversal else ""
        printed_in = (line.side == "in") is not line.reversal
        remark = f"{line.our_no} {line.remark}".strip()
        if line.our_no in line.remark:
            remark = line.remark
        writer.writerow(
            (
                told.digits, f"`{line.serial}", "贷" if printed_in else "借",
                f"{sign}{yuan(line.amount_fen)}", yuan(line.balance_fen), f"`{line.other_no}",
                line.other_name, line.summary, remark,
            )
        )  # fmt: skip
    writer.writerow(("期末余额", yuan(told.closing_fen)))
    writer.writerow(("笔数", len(told.lines)))
    return out.getvalue().encode("gb18030")


def fixed(told: DayStatement) -> bytes:
    """Records of 200 bytes in GBK, amounts in fen."""
    head = [
        ("H", 1), (told.account_no, 32), ("CNY", 3), (str(told.number), 10), (told.digits, 8),
        (told.digits, 8), (f"{told.opening_fen:016d}", 16),
    ]  # fmt: skip
    rows = [_record(head)]
    for line in told.lines:
        amount = -line.amount_fen if line.reversal else line.amount_fen
        printed_in = (line.side == "in") is not line.reversal
        cells = [
            ("D", 1), (line.serial, 24), (told.digits, 8), (told.digits, 8),
            ("C" if printed_in else "D", 1), (f"{amount:016d}", 16),
            (f"{line.balance_fen:016d}", 16), (line.our_no, 32), (line.other_no, 32),
            (line.other_name, 40), (line.summary or line.remark, 22),
        ]  # fmt: skip
        rows.append(_record(cells))
    tail = [
        ("T", 1), (f"{told.closing_fen:016d}", 16), (f"{len(told.lines):08d}", 8),
        (f"{told.sum_fen('in'):016d}", 16), (f"{told.sum_fen('out'):016d}", 16),
    ]  # fmt: skip
    return b"".join((*rows, _record(tail)))


def _record(cells: list[tuple[str, int]]) -> bytes:
    """Cells at the left of their widths; a character that would be cut by the edge is left out."""
    return b"".join(_cell(text, width) for text, width in cells).ljust(200) + b"\r\n"


def _cell(text: str, width: int) -> bytes:
    while len(text.encode("gbk", "replace")) > width:
        text = text[:-1]
    return text.encode("gbk", "replace").ljust(width)


FORMS: Mapping[str, tuple[str, Callable[[DayStatement], bytes]]] = {
    "camt053": ("xml", camt053),
    "mt940": ("sta", mt940),
    "bank-csv": ("csv", web_csv),
    "bank-fixed": ("txt", fixed),
}
"""Form to the ending of its files and its printer."""
