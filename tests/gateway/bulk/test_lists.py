"""A list is read as it was meant, or refused as a whole with the reason; nothing of it is run."""

from __future__ import annotations

import io
from zipfile import ZipFile

import pytest

from gateway.bulk import credit_codes, lists, sheets
from gateway.bulk.list_errors import (
    ListEmpty,
    ListHasFormulas,
    ListHasMacros,
    ListHeadingUnknown,
    ListOfOldFormat,
    ListReachesOutside,
    ListRefused,
    ListTextUnreadable,
    ListTooLong,
    ListUnpacksTooLarge,
)
from gateway.bulk.lists import Fault, Listed
from tests.gateway.bulk.sheets import spoiled, text, workbook

CARD, OTHER = "3105070212345678901", "3105070212345678902"
GOOD = [("A01", CARD, 50), ("A02", OTHER, "100.50")]
SHEET = "xl/worksheets/sheet1.xml"


def read(content: bytes) -> list[Listed]:
    return list(lists.listed(sheets.read(io.BytesIO(content))))


@pytest.mark.parametrize(
    ("said", "kept"),
    [
        ("91350100M000100Y43", "91350100M000100Y43"),  # the standard's own example
        (" 9135-0100m000100y43 ", "91350100M000100Y43"),
        ("91350100M000100Y44", None),
        ("91350100M000100Y4", None),
        ("9135010OM000100Y43", None),  # a letter O, which the alphabet leaves out
        ("", None),
    ],
)
def test_the_check_digit_of_a_unit_s_code(said: str, kept: str | None) -> None:
    assert credit_codes.understand(said) == kept


def test_every_single_wrong_character_of_a_code_is_noticed() -> None:
    code = "91350100M000100Y43"
    for at, was in enumerate(code):
        for other in "0123456789ABCDEFGHJKLMNPQRTUWXY":
            if other != was:
                assert credit_codes.understand(code[:at] + other + code[at + 1 :]) is None


@pytest.mark.parametrize(
    "content",
    [
        workbook(GOOD),
        text(GOOD),
        text(GOOD, encoding="utf-8-sig"),
        text(GOOD, encoding="gbk"),
        text(GOOD).replace(b",", b"\t"),
        workbook([("某某公司十一月名单",), ("工号", "卡号", "金额"), *GOOD], heading=("",)),
    ],
    ids=["xlsx", "utf-8", "utf-8 with BOM", "gbk", "tabs", "a title above"],
)
def test_the_same_list_however_it_is_saved(content: bytes) -> None:
    found = read(content)
    assert [(one.label, one.asn, one.amount_fen, one.fault) for one in found] == [
        ("A01", f"0{CARD}", 5_000, ""),
        ("A02", f"0{OTHER}", 10_050, ""),
    ]


def test_each_row_says_what_is_wrong_with_it() -> None:
    rows = [
        ("1", "3105 0702 1234 5678 901", "¥1,050.5"),
        ("2", f"'{OTHER}", "５０"),
        ("3", CARD, "50"),
        ("4", "", "50"),
        ("5", "3105070212345", "50"),
        ("6", "3.10507E+18", "50"),
        ("7", 3105070212345678901, "50"),  # a number: the sheet has lost its last digits
        ("8", "3105070212345678909", "0"),
        ("9", "3105070212345678908", "-5"),
        ("10", "3105070212345678907", "5.005"),
    ]
    found = read(workbook(rows))
    assert [(one.amount_fen, one.fault, one.twin_line) for one in found] == [
        (105_050, "", 0),
        (5_000, "", 0),
        (5_000, Fault.DUPLICATE, 2),
        (5_000, Fault.CARD_MISSING, 0),
        (5_000, Fault.CARD_MALFORMED, 0),
        (5_000, Fault.CARD_LOST_DIGITS, 0),
        (5_000, Fault.CARD_LOST_DIGITS, 0),
        (0, Fault.AMOUNT_MALFORMED, 0),
        (0, Fault.AMOUNT_MALFORMED, 0),
        (0, Fault.AMOUNT_MALFORMED, 0),
    ]


_DTD = b'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]><a>&b;</a>'
_LOL = b'<!DOCTYPE l [<!ENTITY a "lol"><!ENTITY b "&a;&a;&a;&a;">]>'


@pytest.mark.parametrize(
    ("content", "refusal"),
    [
        (workbook([("1", CARD, "=1+49")]), ListHasFormulas),
        (spoiled(workbook(GOOD), {"xl/vbaProject.bin": b"macro"}), ListHasMacros),
        (spoiled(workbook(GOOD), {"xl/macrosheets/sheet1.xml": b"<a/>"}), ListHasMacros),
        (spoiled(workbook(GOOD), {"xl/externalLinks/externalLink1.xml": b"<a/>"}),
         ListReachesOutside),
        (spoiled(workbook(GOOD), {"xl/embeddings/oleObject1.bin": b"x"}), ListReachesOutside),
        (spoiled(workbook(GOOD), {SHEET: _DTD}), ListReachesOutside),
        (spoiled(workbook(GOOD), {"xl/sharedStrings.xml": _LOL + b"<sst/>"}), ListReachesOutside),
        (spoiled(workbook(GOOD), {SHEET: _DTD.decode().encode("utf-16")}), ListReachesOutside),
        (spoiled(workbook(GOOD), {SHEET: b'<?xml version="1.0" encoding="UTF-7"?><a/>'}),
         ListReachesOutside),
        (spoiled(workbook(GOOD), {"xl/media/image1.png": bytes(40 << 20)}), ListUnpacksTooLarge),
        (spoiled(workbook(GOOD), {SHEET: b" " * (33 << 20)}), ListUnpacksTooLarge),
        (spoiled(workbook(GOOD), {f"xl/p{at}.xml": b"<a/>" for at in range(400)}),
         ListUnpacksTooLarge),
        (spoiled(workbook(GOOD), {SHEET: b"<worksheet><sheetData><row"}), ListRefused),
        (spoiled(workbook(GOOD), {"xl/workbook.xml": b"<a/>"}), ListRefused),
        (workbook(GOOD)[:-900], ListRefused),
        (b"PK\x03\x04 and nothing", ListRefused),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), ListOfOldFormat),
        (b"\xff\xfe" + "卡号,金额".encode("utf-16-le"), ListTextUnreadable),
        (text(GOOD) + b"\x00", ListTextUnreadable),
        (b"%PDF-1.7 not a list at all", ListHeadingUnknown),
        (b"", ListHeadingUnknown),
        (text(GOOD, heading=("a", "b", "c")), ListHeadingUnknown),
        (text([]), ListEmpty),
        (text([("1", f"{CARD[:-5]}{at:05d}", 10) for at in range(10_001)]), ListTooLong),
        (b"\xe5\x8d\xa1\xe5\x8f\xb7,amount\n\"" + b"9" * 200_000, ListRefused),
    ],
)  # fmt: skip
def test_what_is_no_honest_list_is_refused_as_a_whole(
    content: bytes, refusal: type[ListRefused]
) -> None:
    with pytest.raises(refusal):
        read(content)


def test_a_sheet_that_claims_a_million_rows_is_read_by_what_is_in_it() -> None:
    honest = workbook(GOOD)
    sheet = spoiled(honest, {SHEET: _wide(honest)})
    assert [one.asn for one in read(sheet)] == [f"0{CARD}", f"0{OTHER}"]


def _wide(content: bytes) -> bytes:
    with ZipFile(io.BytesIO(content)) as archive:
        return archive.read(SHEET).replace(b'ref="A1:C3"', b'ref="A1:XFD1048576"')
