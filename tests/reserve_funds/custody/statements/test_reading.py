"""Every form reads to what the bank told, and whatever is not a whole statement is refused."""

import io
import string
from contextlib import suppress
from dataclasses import replace
from datetime import date, timedelta

import mt940 as mt940_library
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from reserve_funds.custody.errors import (
    StatementDoesNotAdd,
    StatementFormUnknown,
    StatementUnreadable,
)
from reserve_funds.custody.statements import reading
from reserve_funds.custody.statements.values import BankLine, Closing, Opening, Side
from tests.reserve_funds.custody.statements.printers import PRINTERS, Told, bank_csv, camt053
from tests.support import campaign

REFUSED = (StatementUnreadable, StatementDoesNotAdd)
DAY = date(2026, 11, 21)
FORMS = tuple(PRINTERS)
# What each form has no place for.
NOT_PRINTED = {
    "camt053": {},
    "mt940": {"counterparty_no": "", "counterparty_name": "", "summary": "", "kind": None},
    "bank-csv": {"our_no": "", "kind": "", "value_day": None},
    "bank-fixed": {"summary": "", "kind": ""},
}
names = st.text(alphabet="郑州绿城通行卡公司龘𠮷AZ", max_size=8)
texts = st.text(alphabet="退款充值手续费 A-Z0-9", max_size=8).map(str.strip)
numbers = st.text(alphabet=string.digits, min_size=1, max_size=14)
quick = settings(
    max_examples=campaign.size(60, 5_000),
    suppress_health_check=[HealthCheck.differing_executors, HealthCheck.too_slow],
)


@st.composite
def statements(draw):
    day = draw(st.dates(date(2020, 1, 1), date(2049, 12, 30)))
    last = day + timedelta(days=draw(st.integers(0, 3)))
    lines = [
        BankLine(
            line_no=number,
            bank_no=draw(numbers),
            booked_day=draw(st.dates(day, last)),
            value_day=draw(st.dates(day, last)),
            side=draw(st.sampled_from(Side)),
            amount_fen=draw(st.integers(1, 10**11)),
            reversal=draw(st.booleans()),
            our_no=draw(numbers),
            counterparty_no=draw(numbers),
            counterparty_name=draw(names.filter(lambda name: "𠮷" not in name)),
            summary=draw(texts),
            remark=draw(texts),
            kind="TRF",
        )
        for number in range(1, draw(st.integers(0, 6)) + 1)
    ]
    opening = Opening(
        account_no=draw(st.text(alphabet=string.digits, min_size=12, max_size=19)),
        currency="CNY",
        number=str(draw(st.integers(1, 99999))),
        first_day=day,
        last_day=last,
        balance_fen=draw(st.integers(-(10**11), 10**12)),
    )
    return Told(opening=opening, lines=tuple(lines))


def told(*amounts):
    """A small statement: positive amounts came in, negative ones went out."""
    lines = tuple(
        BankLine(
            line_no=number,
            bank_no=f"2026112100{number}",
            booked_day=DAY,
            value_day=DAY,
            side=Side.IN if amount > 0 else Side.OUT,
            amount_fen=abs(amount),
            counterparty_name="财付通支付科技有限公司",
            remark="T+1结算",
            kind="TRF",
        )
        for number, amount in enumerate(amounts, 1)
    )
    opening = Opening(
        account_no="1702020109000000001",
        currency="CNY",
        number="325",
        first_day=DAY,
        last_day=DAY,
        balance_fen=1_000_000,
    )
    return Told(opening=opening, lines=lines)


def read(form, content):
    return list(reading.read(io.BytesIO(content), form))


@pytest.mark.parametrize("form", FORMS)
@quick
@given(statement=statements())
def test_what_the_bank_told_is_what_is_read(form, statement):
    opening, *lines, closing = read(form, PRINTERS[form](statement))
    assert opening == statement.opening
    assert closing.balance_fen == statement.closing_fen
    assert len(lines) == len(statement.lines)
    for found, line in zip(lines, statement.lines, strict=True):
        missing = {
            name: value if value is not None else getattr(found, name)
            for name, value in NOT_PRINTED[form].items()
        }
        assert replace(found, balance_fen=None) == replace(line, **missing)


@quick
@given(st.data())
def test_no_bytes_crash_a_reader_and_no_cut_file_is_a_statement(data):
    form = data.draw(st.sampled_from(FORMS))
    whole = PRINTERS[form](data.draw(statements()))
    cut = whole[: data.draw(st.integers(0, len(whole) - 20))]
    with pytest.raises(REFUSED):
        read(form, cut)
    place = data.draw(st.integers(0, len(whole) - 1))
    damaged = whole[:place] + data.draw(st.binary(min_size=1, max_size=4)) + whole[place + 1 :]
    for content in (damaged, data.draw(st.binary(max_size=200))):
        with suppress(*REFUSED):
            read(form, content)


@pytest.mark.parametrize("form", FORMS)
def test_an_amount_changed_alone_does_not_add(form):
    content = PRINTERS[form](told(120_00, -30_00))
    for old, new in (
        (b"120.00", b"121.00"),
        (b"120,00", b"121,00"),
        (b"000000000012000", b"000000000012100"),
    ):
        if old in content:
            with pytest.raises(StatementDoesNotAdd):
                read(form, content.replace(old, new, 1))
            return
    pytest.fail("the amount was not printed")


@pytest.mark.parametrize("form", FORMS)
def test_a_line_left_out_or_told_twice_does_not_add(form):
    whole = told(120_00, -30_00, 7_00)
    for lines in (whole.lines[1:], (*whole.lines, whole.lines[-1])):
        lying = PRINTERS[form](whole)
        other = PRINTERS[form](replace(whole, lines=lines))
        closing = yuan_everywhere(whole.closing_fen)
        false_closing = yuan_everywhere(replace(whole, lines=lines).closing_fen)
        for right, wrong in zip(false_closing, closing, strict=True):
            other = other.replace(right, wrong)
        assert other != lying
        with pytest.raises(StatementDoesNotAdd):
            read(form, other)


def yuan_everywhere(fen):
    return (
        f"{fen // 100}.{fen % 100:02d}".encode(),
        f"{fen // 100},{fen % 100:02d}".encode(),
        f"T{fen:016d}".encode(),
    )


def test_an_independent_library_reads_the_same_swift_statement():
    whole = told(120_00, -30_05)
    theirs = mt940_library.parse(io.StringIO(PRINTERS["mt940"](whole).decode("gb18030")))
    opening, *lines, closing = read("mt940", PRINTERS["mt940"](whole))
    assert [int(t.data["amount"].amount * 100) for t in theirs] == [
        line.signed_fen for line in lines
    ]
    assert int(theirs.data["final_opening_balance"].amount.amount * 100) == opening.balance_fen
    assert int(theirs.data["final_closing_balance"].amount.amount * 100) == closing.balance_fen


def test_a_statement_over_two_messages_is_one():
    text = PRINTERS["mt940"](told(120_00, -30_00)).decode("gb18030")
    second = text.index(":61:", text.index(":61:") + 1)
    page = ":62M:C261121CNY10120,00\r\n-}\r\n{4:\r\n:20:STATEMENT\r\n:25:1702020109000000001\r\n"
    page += ":28C:325/2\r\n:60M:C261121CNY10120,00\r\n"
    opening, first, line, closing = read(
        "mt940", (text[:second] + page + text[second:]).encode("gb18030")
    )
    assert isinstance(opening, Opening)
    assert (first.amount_fen, line.amount_fen) == (120_00, 30_00)
    assert closing.balance_fen == 1_009_000
    torn = page.replace(":60M:C261121CNY10120,00", ":60M:C261121CNY10120,01")
    with pytest.raises(StatementUnreadable, match="does not begin where"):
        read("mt940", (text[:second] + torn + text[second:]).encode("gb18030"))


def test_several_statements_in_one_file_are_each_checked():
    first, second = told(1_00), told(2_00, 3_00)
    second = replace(second, opening=replace(second.opening, number="2"))
    parts = read("camt053", camt053(first, second))
    assert [part.balance_fen for part in parts if isinstance(part, Closing)] == [
        1_000_100,
        1_000_500,
    ]
    broken = camt053(first, second).replace(b"10005.00", b"10005.01")
    with pytest.raises(StatementDoesNotAdd):
        read("camt053", broken)


def test_pending_entries_are_not_booked():
    pending = b'<Ntry><Amt Ccy="CNY">9.00</Amt><CdtDbtInd>CRDT</CdtDbtInd><Sts>PDNG</Sts></Ntry>'
    content = camt053(told(1_00)).replace(b"<Ntry>", pending + b"<Ntry>")
    parts = read("camt053", content)
    assert [part.amount_fen for part in parts if isinstance(part, BankLine)] == [1_00]


HOSTILE_XML = {
    "billion laughs": '<!DOCTYPE a [<!ENTITY l "lol"><!ENTITY m "&l;&l;&l;&l;&l;&l;">]>',
    "file entity": '<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]>',
    "parameter entity": '<!DOCTYPE a [<!ENTITY % x SYSTEM "http://127.0.0.1:9/x.dtd"> %x;]>',
    "external dtd": '<!DOCTYPE a SYSTEM "http://127.0.0.1:9/x.dtd">',
    "harmless dtd": "<!DOCTYPE a>",
}


@pytest.mark.parametrize("name", HOSTILE_XML)
def test_no_document_type_definition_is_taken(name):
    head, _, rest = camt053(told(1_00)).partition(b"\n")
    with pytest.raises(StatementUnreadable):
        read("camt053", head + HOSTILE_XML[name].encode() + rest)


def test_deep_nesting_and_endless_text_are_refused():
    head, _, _ = camt053(told(1_00)).partition(b"<Stmt>")
    with pytest.raises(StatementUnreadable):
        read("camt053", head + b"<Stmt>" * 5_000)
    with pytest.raises(StatementUnreadable, match="does not end"):
        read("mt940", b":20:" + b"A" * 100_000)
    with pytest.raises(StatementUnreadable, match="does not end"):
        read("bank-csv", b"A" * 100_000)


def test_a_file_larger_than_a_statement_is_refused(monkeypatch):
    monkeypatch.setitem(reading.LARGEST_BYTES, "camt053", 1_000)
    with pytest.raises(StatementUnreadable, match="larger than"):
        read("camt053", camt053(told(*range(1, 30))))


def test_columns_that_drifted_name_what_is_new_and_what_is_missing():
    drifted = bank_csv(told(1_00)).decode("gb18030").replace("摘要,附言", "用途,附言")
    with pytest.raises(StatementUnreadable, match=r"new \['用途'\], missing \['摘要'\]"):
        read("bank-csv", drifted.encode("gb18030"))


@pytest.mark.parametrize("formula", ["=HYPERLINK(1)", "＝1+1", "@SUM(1)", '="1"'])
def test_a_formula_is_no_text(formula):
    told_by = bank_csv(told(1_00)).decode("gb18030").replace('"T+1结算"', formula)
    with pytest.raises(StatementUnreadable):
        read("bank-csv", told_by.encode("gb18030"))


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("人民币", "USD"),
        ("10,000.00", "10000.001"),
        ("10,000.00", "1e4"),
        ("2026-11-21", "2026-11-31"),
        ("贷,1.00", "货,1.00"),
        ("贷,1.00", "贷,0.00"),
        ("贷,1.00", "贷,"),
        ("笔数,1", "笔数,2"),
        ("账号,", "账户,"),
        ("期末余额", "余额期末"),
    ],
)
def test_a_wrong_word_in_a_table_is_refused(old, new):
    text = bank_csv(told(1_00)).decode("gb18030")
    assert old in text
    with pytest.raises(REFUSED):
        read("bank-csv", text.replace(old, new).encode("gb18030"))


def test_a_form_nobody_described_is_unknown():
    with pytest.raises(StatementFormUnknown):
        read("../../etc/passwd", b"")
    assert set(reading.forms()) == set(FORMS)
