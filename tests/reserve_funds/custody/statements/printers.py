"""Banks' side of statements: prints what is told in each form, with no code of the readers."""

from dataclasses import dataclass
from datetime import date
from xml.sax.saxutils import escape

from reserve_funds.custody.statements.values import BankLine, Opening, Side


@dataclass(frozen=True, kw_only=True)
class Told:
    """What one statement says: an opening, its lines, and the closing that follows from them."""

    opening: Opening
    lines: tuple[BankLine, ...]

    @property
    def closing_fen(self) -> int:
        return self.opening.balance_fen + sum(line.signed_fen for line in self.lines)

    def total(self, side: Side) -> int:
        return sum(line.amount_fen for line in self.lines if line.side is side)


def yuan(fen: int) -> str:
    sign, fen = ("-", -fen) if fen < 0 else ("", fen)
    return f"{sign}{fen // 100}.{fen % 100:02d}"


def camt053(*statements: Told, version: str = "08") -> bytes:
    inner = "".join(_camt_statement(told) for told in statements)
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        f'<Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.053.001.{version}">'
        f"<BkToCstmrStmt><GrpHdr><MsgId>1</MsgId></GrpHdr>{inner}</BkToCstmrStmt></Document>"
    ).encode()


def _camt_statement(told: Told) -> str:
    opening = told.opening
    return (
        f"<Stmt><Id>1</Id><ElctrncSeqNb>{opening.number}</ElctrncSeqNb>"
        f"<FrToDt><FrDtTm>{opening.first_day}T00:00:00</FrDtTm>"
        f"<ToDtTm>{opening.last_day}T23:59:59</ToDtTm></FrToDt>"
        f"<Acct><Id><Othr><Id>{opening.account_no}</Id></Othr></Id><Ccy>CNY</Ccy></Acct>"
        f"{_camt_balance('OPBD', opening.balance_fen, opening.first_day)}"
        f"{_camt_balance('CLBD', told.closing_fen, opening.last_day)}"
        f"<TxsSummry><TtlNtries><NbOfNtries>{len(told.lines)}</NbOfNtries></TtlNtries>"
        f"<TtlCdtNtries><Sum>{yuan(told.total(Side.IN))}</Sum></TtlCdtNtries>"
        f"<TtlDbtNtries><Sum>{yuan(told.total(Side.OUT))}</Sum></TtlDbtNtries></TxsSummry>"
        f"{''.join(_camt_entry(line) for line in told.lines)}</Stmt>"
    )


def _camt_balance(code: str, fen: int, day: date) -> str:
    return (
        f"<Bal><Tp><CdOrPrtry><Cd>{code}</Cd></CdOrPrtry></Tp>"
        f'<Amt Ccy="CNY">{yuan(abs(fen))}</Amt><CdtDbtInd>{"CRDT" if fen >= 0 else "DBIT"}'
        f"</CdtDbtInd><Dt><Dt>{day}</Dt></Dt></Bal>"
    )


def _camt_entry(line: BankLine) -> str:
    party = "Dbtr" if line.side is Side.IN else "Cdtr"
    return (
        f'<Ntry><Amt Ccy="CNY">{yuan(line.amount_fen)}</Amt>'
        f"<CdtDbtInd>{'CRDT' if line.side is Side.IN else 'DBIT'}</CdtDbtInd>"
        f"<RvslInd>{'true' if line.reversal else 'false'}</RvslInd><Sts><Cd>BOOK</Cd></Sts>"
        f"<BookgDt><Dt>{line.booked_day}</Dt></BookgDt><ValDt><Dt>{line.value_day}</Dt></ValDt>"
        f"<AcctSvcrRef>{line.bank_no}</AcctSvcrRef>"
        f"<BkTxCd><Prtry><Cd>{line.kind}</Cd></Prtry></BkTxCd><NtryDtls><TxDtls>"
        f"<Refs><EndToEndId>{line.our_no}</EndToEndId></Refs><RltdPties>"
        f"<{party}><Nm>{escape(line.counterparty_name)}</Nm></{party}><{party}Acct><Id><Othr>"
        f"<Id>{line.counterparty_no}</Id></Othr></Id></{party}Acct></RltdPties>"
        f"<RmtInf><Ustrd>{escape(line.remark)}</Ustrd></RmtInf></TxDtls></NtryDtls>"
        f"<AddtlNtryInf>{escape(line.summary)}</AddtlNtryInf></Ntry>"
    )


def mt940(*statements: Told) -> bytes:
    return "".join(_mt940_statement(told) for told in statements).encode("gb18030")


def _mt940_statement(told: Told) -> str:
    opening = told.opening
    lines = [
        "{1:F01BANKCNBJAXXX0000000000}{2:O9400000000000}{4:",
        ":20:STATEMENT",
        f":25:{opening.account_no}",
        f":28C:{opening.number}/1",
        f":60F:{_mt940_balance(opening.balance_fen, opening.first_day)}",
    ]
    for line in told.lines:
        mark = {Side.IN: "C", Side.OUT: "D"}[line.side]
        if line.reversal:
            mark = {"C": "RD", "D": "RC"}[mark]
        lines.append(
            f":61:{line.value_day:%y%m%d}{line.booked_day:%m%d}{mark}"
            f"{yuan(line.amount_fen).replace('.', ',')}N{line.kind}{line.our_no}//{line.bank_no}"
        )
        lines.append(f":86:{line.remark}")
    lines += [f":62F:{_mt940_balance(told.closing_fen, opening.last_day)}", "-}"]
    return "\r\n".join(lines) + "\r\n"


def _mt940_balance(fen: int, day: date) -> str:
    return f"{'C' if fen >= 0 else 'D'}{day:%y%m%d}CNY{yuan(abs(fen)).replace('.', ',')}"


def bank_csv(told: Told) -> bytes:
    opening = told.opening
    rows = [
        f"账号,{opening.account_no}",
        "币种,人民币",
        f"对账单编号,{opening.number}",
        f"起始日期,{opening.first_day}",
        f"截止日期,{opening.last_day}",
        f'期初余额,"{opening.balance_fen / 100:,.2f}"',
        "",
        "日期,流水号,借贷,金额,余额,对方账号,对方户名,摘要,附言",
    ]
    balance = opening.balance_fen
    for line in told.lines:
        balance += line.signed_fen
        side, amount = line.side, line.amount_fen
        if line.reversal:
            side, amount = (Side.OUT if side is Side.IN else Side.IN), -amount
        rows.append(
            f"{line.booked_day:%Y%m%d},`{line.bank_no},{'贷' if side is Side.IN else '借'},"
            f"{yuan(amount)},{yuan(balance)},{line.counterparty_no},"
            f'"{line.counterparty_name}","{line.summary}","{line.remark}"'
        )
    rows += [
        f"期末余额,{yuan(told.closing_fen)}",
        f"笔数,{len(told.lines)}",
    ]
    return "\r\n".join(rows).encode("gb18030")


def bank_fixed(told: Told) -> bytes:
    opening = told.opening
    head = (
        f"H{opening.account_no:<32}CNY{opening.number:<10}{opening.first_day:%Y%m%d}"
        f"{opening.last_day:%Y%m%d}{opening.balance_fen:016d}"
    )
    records = [head.encode("gbk").ljust(200)]
    balance = opening.balance_fen
    for line in told.lines:
        balance += line.signed_fen
        side, amount = line.side, line.amount_fen
        if line.reversal:
            side, amount = (Side.OUT if side is Side.IN else Side.IN), -amount
        records.append(
            b"D"
            + line.bank_no.encode().ljust(24)
            + f"{line.booked_day:%Y%m%d}{line.value_day:%Y%m%d}".encode()
            + (b"C" if side is Side.IN else b"D")
            + f"{amount:016d}{balance:016d}".encode()
            + line.our_no.encode().ljust(32)
            + line.counterparty_no.encode().ljust(32)
            + line.counterparty_name.encode("gbk").ljust(40)
            + line.remark.encode("gbk").ljust(22)
        )
    tail = (
        f"T{told.closing_fen:016d}{len(told.lines):08d}"
        f"{told.total(Side.IN):016d}{told.total(Side.OUT):016d}"
    )
    records.append(tail.encode().ljust(200))
    return b"\r\n".join(records) + b"\r\n"


PRINTERS = {
    "camt053": camt053,
    "mt940": mt940,
    "bank-csv": bank_csv,
    "bank-fixed": bank_fixed,
}
