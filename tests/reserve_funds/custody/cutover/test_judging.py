"""A handover is judged line by line, and what is judged good is what is taken."""

from __future__ import annotations

import io

import pytest
from pytest_django import DjangoAssertNumQueries

from accounts.cards import recognise
from accounts.models import IssuerPrefix, Operator
from reserve_funds.custody.cutover import judging, reading
from reserve_funds.custody.cutover.errors import LegacyFileRefused
from reserve_funds.custody.cutover.judging import Remark
from reserve_funds.custody.cutover.models import LegacyCard
from reserve_funds.custody.cutover.reading import Fault
from tests.reserve_funds.custody.closing.conftest import account, kept  # noqa: F401 (fixtures)
from tests.reserve_funds.custody.cutover.test_cutover import cards, file_of, taken_of

LINES = [
    ("3101000000000000001,500", None),
    ("310100000000000001,500", Fault.CARD),
    ("=1+1,500", Fault.CARD),
    ("3101000000000000002,5.00", Fault.BALANCE),
    ("3101000000000000003,-5", Fault.BALANCE),
    ("3101000000000000004", Fault.COLUMNS),
    ('"3101000000000000004,1', Fault.COLUMNS),
    ("", Fault.COLUMNS),
    ("3101000000000000001,500", Fault.TWICE),
    ("9" * 300_000, Fault.TOO_LONG),
    ("3101000000000000005,0", None),
]


def test_every_line_has_its_verdict_and_nothing_is_written(db: None) -> None:
    file = "\n".join(["card_no,balance_fen", *(line for line, _ in LINES), ""]).encode()
    found = list(judging.verdicts(io.BytesIO(file), pool=7))
    assert [one.row.fault for one in found] == [fault for _, fault in LINES]
    assert [one.row.number for one in found] == list(range(2, len(LINES) + 2))
    told = judging.judge(io.BytesIO(file), pool=7, listed=3)
    assert (told.cards, told.total_fen, told.is_good) == (2, 500, False)
    assert told.faults == {
        Fault.CARD: 2, Fault.BALANCE: 2, Fault.COLUMNS: 3, Fault.TWICE: 1, Fault.TOO_LONG: 1,
    }  # fmt: skip
    assert [one.row.number for one in told.listed] == [3, 4, 5]
    assert not LegacyCard.objects.filter(pool=7).exists()


@pytest.mark.parametrize(("file", "line"), [(b"", 0), (b"\xff\xfe\x00", 0)])
def test_what_has_no_lines_is_refused_whole(db: None, file: bytes, line: int) -> None:
    with pytest.raises(LegacyFileRefused) as said:
        judging.judge(io.BytesIO(file), pool=7)
    assert said.value.facts["line"] == line


def test_a_wrong_first_line_is_a_verdict_of_its_own(db: None) -> None:
    told = judging.judge(io.BytesIO(b"card,fen\n3101000000000000001,5\n"), pool=7)
    assert (told.faults, told.cards) == ({Fault.HEADER: 1}, 1)


def test_cards_of_an_earlier_handover_and_of_others_are_told_in_two_questions(
    account,  # noqa: F811
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    rows = cards(500, 600)
    taken_of(account, rows)
    prefix = IssuerPrefix.objects.select_related("operator").order_by("prefix").first()
    assert prefix is not None
    elsewhere = f"{prefix.prefix}{'0' * 19}"[:19]
    pool = recognise(elsewhere).pool
    assert pool != account.pool
    file = file_of([*rows, (elsewhere, 5), ("9" * 19, 1)])
    with django_assert_num_queries(2):
        told = judging.judge(io.BytesIO(file), pool=account.pool)
    assert told.faults == {Fault.TAKEN: 2}
    assert told.remarks == {Remark.FOREIGN: 1, Remark.UNKNOWN_ISSUER: 1}
    with pytest.raises(LegacyFileRefused, match="taken before"):
        taken_of(account, rows, issuer="another issuer")
    mine = Operator.objects.get(pool=pool)
    assert not judging.judge(io.BytesIO(file), pool=mine.pool).remarks.get(Remark.FOREIGN)


def test_what_is_judged_good_is_what_is_taken() -> None:
    good = file_of([("3101000000000000001", 5), ("3101000000000000002", 0)])
    assert list(reading.cards(io.BytesIO(good))) == [
        ("03101000000000000001", 5),
        ("03101000000000000002", 0),
    ]
    for line, fault in LINES[1:-1]:
        if fault is not Fault.TWICE:
            with pytest.raises(LegacyFileRefused):
                list(reading.cards(io.BytesIO(good + f"{line}\n".encode())))
