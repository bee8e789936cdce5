"""Whatever somebody sends in place of a statement is refused with its reason and books nothing."""

import gzip
import io
import zipfile

import pytest
from django.db import connection

from accounts.errors import KeptFileTooLarge
from reserve_funds.custody.bank import booking, taking
from reserve_funds.custody.bank.models import BankEntry, Statement, StatementFile
from reserve_funds.custody.errors import StatementDiffers, StatementDoesNotAdd, StatementUnreadable
from reserve_funds.custody.statements import reading
from reserve_funds.ledger import queries
from reserve_funds.ledger.check import check_figures
from tests.reserve_funds.custody.bank.banks import Bank
from tests.reserve_funds.custody.bank.conftest import OFFICER
from tests.reserve_funds.custody.bank.officers import Desk, moment
from tests.reserve_funds.custody.statements.printers import PRINTERS, bank_csv, camt053
from tests.reserve_funds.custody.statements.test_reading import HOSTILE_XML

MEBIBYTE = 1 << 20


@pytest.fixture
def desk(lasting_db, tmp_path, monkeypatch):
    monkeypatch.setenv("KEPT_FILES_DIR", str(tmp_path))
    return Desk()


def a_day(desk):
    return Bank(account=desk.account).line(10_00, remark="充值").line(-5_00).printed()


def zipped(content, members=1):
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as file:
        for number in range(members):
            file.writestr(f"../../statement{number}.xml", content)
    return packed.getvalue()


def with_dtd(told, name):
    head, _, rest = camt053(told).partition(b"\n")
    return head + HOSTILE_XML[name].encode() + rest


def endless_text(told):
    return camt053(told).replace(b"<Ustrd>", b"<Ustrd>" + b"A" * (2 * MEBIBYTE), 1)


HOSTILE = {
    "nothing": lambda told: b"",
    "half a file": lambda told: camt053(told)[:-200],
    "noise": lambda told: bytes(range(256)) * 40,
    "zip bomb": lambda told: zipped(b"0" * (20 * MEBIBYTE)),
    "zip of a good file": lambda told: zipped(camt053(told)),
    "gzip bomb": lambda told: gzip.compress(b"<a>" * (5 * MEBIBYTE)),
    "a spreadsheet": lambda told: zipped(b"<workbook/>", members=3),
    "another root": lambda told: camt053(told).replace(b"BkToCstmrStmt", b"BkToCstmrAcct"),
    "NUL bytes": lambda told: camt053(told).replace(b"<Ustrd>", b"<Ustrd>\x00", 1),
    "endless text": endless_text,
    "deep nesting": lambda told: b'<?xml version="1.0"?>' + b"<Document>" * 20_000,
    "an executable": lambda told: b"\x7fELF" + bytes(5_000),
    "a web page": lambda told: b"<html><script>alert(1)</script></html>",
    "amount of 400 digits": lambda told: camt053(told).replace(b"10.00", b"1" * 400 + b".00"),
    "amount not a number": lambda told: camt053(told).replace(b">10.00<", b">NaN<"),
    "negative amount": lambda told: camt053(told).replace(b">10.00<", b">-10.00<"),
} | {name: lambda told, name=name: with_dtd(told, name) for name in HOSTILE_XML}


def take(content, form="camt053"):
    return taking.take(
        io.BytesIO(content), form=form, name="../../etc/passwd\x00.xml"[:15], source="upload",
        actor=OFFICER, pools=None, now=moment(),
    )  # fmt: skip


def nothing_of(desk):
    """Nothing stored, nothing to book, nothing booked, nothing left half way."""
    assert not BankEntry.objects.filter(account=desk.account).exists()
    assert not Statement.objects.filter(account=desk.account).exists()
    assert booking.book(desk.account, now=moment()).entries == 0
    assert queries.balance_fen(desk.pool, desk.account.ref) == 0
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM custody_bank_arriving WHERE account_id = %s", [desk.account.id]
        )
        assert cursor.fetchone()[0] == 0
    assert check_figures(desk.pool).findings == []


@pytest.mark.parametrize("name", HOSTILE)
def test_it_is_refused_with_its_reason_and_nothing_is_booked(desk, name):
    with pytest.raises((StatementUnreadable, StatementDoesNotAdd)):
        take(HOSTILE[name](a_day(desk)))
    kept = StatementFile.objects.order_by("id").last()
    assert kept.refusal in ("statement_unreadable", "statement_does_not_add")
    assert kept.refused_because
    nothing_of(desk)
    assert take(camt053(a_day(desk))).new_entries == 2


@pytest.mark.parametrize("form", PRINTERS)
def test_a_file_of_one_form_is_no_file_of_another(desk, form):
    content = PRINTERS[form](a_day(desk))
    for other in PRINTERS:
        if other != form:
            with pytest.raises((StatementUnreadable, StatementDoesNotAdd)):
                take(content, other)
    nothing_of(desk)


DAMAGED = {
    "nothing": lambda whole: b"",
    "cut in half": lambda whole: whole[: len(whole) // 2],
    "cut before its end": lambda whole: whole[:-20],
    "zip of a good file": zipped,
    "gzip bomb": lambda whole: gzip.compress(b"0" * (20 * MEBIBYTE)),
    "noise": lambda whole: bytes(range(256)) * 40,
    "its statement twice": lambda whole: whole + whole,
    "one endless line": lambda whole: b"A" * (2 * MEBIBYTE),
}


@pytest.mark.parametrize("form", PRINTERS)
@pytest.mark.parametrize("name", DAMAGED)
def test_every_form_refuses_what_is_damaged_and_books_nothing(desk, form, name):
    with pytest.raises((StatementUnreadable, StatementDoesNotAdd, StatementDiffers)):
        take(DAMAGED[name](PRINTERS[form](a_day(desk))), form)
    assert StatementFile.objects.order_by("id").last().refused_because
    nothing_of(desk)


@pytest.mark.parametrize("start", ["=", "＝", "@", "+cmd|' /C calc'!A0"])
def test_a_formula_in_a_table_is_refused(desk, start):
    table = bank_csv(a_day(desk)).decode("gb18030").replace('"充值"', f'"{start}1+1"')
    with pytest.raises(StatementUnreadable):
        take(table.encode("gb18030"), "bank-csv")
    nothing_of(desk)


def test_a_file_too_large_to_keep_leaves_nothing_at_all(desk, tmp_path, monkeypatch):
    monkeypatch.setattr(reading, "LARGEST_TABLE_BYTES", 1_000)
    before = StatementFile.objects.count()
    with pytest.raises(KeptFileTooLarge):
        take(b"A" * 1_001)
    assert StatementFile.objects.count() == before
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []
    nothing_of(desk)


def test_a_file_larger_than_its_form_is_refused_while_it_is_read(desk, monkeypatch):
    monkeypatch.setitem(reading.LARGEST_BYTES, "camt053", 500)
    with pytest.raises(StatementUnreadable, match="larger than"):
        take(camt053(a_day(desk)))
    nothing_of(desk)
