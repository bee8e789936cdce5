"""The finance officers' pages: figures open into transfers, and money moves by two people only."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from pytest_django import DjangoAssertNumQueries

from accounts import clock, roles
from accounts.models import Approval
from gateway.console import custody as reading
from gateway.console import custody_words, drawing, uploads
from gateway.console.amounts import fen_of
from gateway.console.seats import Seat
from reserve_funds.chart import BY_NAME
from reserve_funds.custody.bank import booking, understanding
from reserve_funds.custody.bank.errors import OutflowMalformed
from reserve_funds.custody.bank.models import Instruction, OutflowRequest, StatementFile
from reserve_funds.custody.coverage import watching
from reserve_funds.custody.matching import proposing
from reserve_funds.custody.matching.models import Decision
from reserve_funds.handbook import Purpose
from reserve_funds.ledger import listing, queries
from tests.gateway.console.custody_rooms import POOL, Room
from tests.support.officers import Seated, seat

FINANCE = (roles.FINANCE_OFFICER, POOL)
Make = Callable[[], Room]


def text(seated: Seated, path: str) -> str:
    answer = seated.client.get(path)
    assert answer.status_code == 200, answer.content
    return str(answer.content.decode())


def verdict(seated: Seated, approval_id: UUID, said: str = "approved") -> Any:
    asked = Approval.objects.get(pk=approval_id)
    form = {"fingerprint": bytes(asked.fingerprint).hex()}
    return seated.client.post(f"/console/approvals/{approval_id}/{said}", form)


@pytest.fixture
def pair(db: None) -> tuple[Seated, Seated]:
    return seat(FINANCE, name="经办甲"), seat(FINANCE, name="复核乙")


def test_a_figure_of_the_board_opens_down_to_what_the_bank_and_two_people_said(
    custody: Make, pair: tuple[Seated, Seated]
) -> None:
    officer, _ = pair
    room = custody()
    room.banked(1_000_000)
    watching.watch(clock.now())
    board = text(officer, "/console/custody")
    assert "99.40" in board
    assert "¥10,000.00" in board
    assert "¥60.00" in board
    assert f"/console/custody/pools/{POOL}#cover" in board
    page = text(officer, f"/console/custody/pools/{POOL}")
    assert "备付金少了" in page
    kind = f"/console/custody/pools/{POOL}/kinds/bank_reserve"
    assert kind in page
    account = f"/console/custody/pools/{POOL}/accounts/{listing.id_of(POOL, room.account.ref)}"
    assert account in text(officer, kind)
    page = text(officer, account)
    assert "¥9,940.00" in page
    moved = [
        one for one in queries.transfers_of(POOL, room.account.ref) if one.debit == room.account.ref
    ]
    transfer = f"/console/custody/pools/{POOL}/transfers/{moved[0].id}"
    assert transfer in page
    told = text(officer, transfer)
    assert "微信支付" in told
    assert "¥9,940.00" in told


def test_officers_see_their_pools_alone(custody: Make) -> None:
    custody().banked()
    elsewhere = seat((roles.FINANCE_OFFICER, POOL + 1))
    assert f"/console/custody/pools/{POOL}" not in text(elsewhere, "/console/custody")
    for path in ("", "/kinds/bank_reserve"):
        there = f"/console/custody/pools/{POOL}{path}"
        assert elsewhere.client.get(there).status_code == 404
    assert elsewhere.client.get(f"/console/custody/cases?pool={POOL}").status_code == 404


def test_pages_of_an_account_go_on_and_their_balance_cannot_be_made_up(
    custody: Make, pair: tuple[Seated, Seated], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("gateway.console.custody.PAGE", 2)
    room = custody()
    for _ in range(3):
        room.paid(100)
    where = postings_account(room)
    page = text(pair[0], where)
    assert "下一页" in page
    address = page.split('href="?from=')[1].split('"')[0].replace("&amp;", "&")
    later = text(pair[0], f"{where}?from={address}")
    assert "承前页" in later
    assert "¥3.00" in later
    assert pair[0].client.get(f"{where}?after=WyIyMDI2Il0").status_code == 404


def postings_account(room: Room) -> str:
    ref = next(one.ref for one in listing.accounts(POOL, "channel_receivable") if one.ref.owner)
    return f"/console/custody/pools/{POOL}/accounts/{listing.id_of(POOL, ref)}"


def test_a_difference_is_settled_by_a_voucher_that_two_officers_saw(
    custody: Make, pair: tuple[Seated, Seated]
) -> None:
    maker, checker = pair
    one = custody().difference()
    where = f"/console/custody/differences/{one.id}"
    assert where in text(maker, "/console/custody/differences")
    assert f"{where}/bear_loss" in text(maker, where)
    page = text(maker, f"{where}/bear_loss")
    assert "¥50.00" in page
    voucher = proposing.propose(one.id, now=clock.now())
    assert voucher.seen in page
    form = {"reason": "渠道确认没有这笔", "seen": voucher.seen}
    assert maker.client.post(f"{where}/bear_loss", form)["Location"] == where
    decision = Decision.objects.get(difference=one.id)
    assert f"/console/approvals/{decision.pk}" in text(checker, where)
    assert f"{where}/bear_loss" not in text(checker, where)
    asked = text(maker, f"/console/approvals/{decision.pk}")
    assert f"/console/approvals/{decision.pk}/approved" not in asked
    assert verdict(maker, decision.pk).status_code == 409
    assert queries.balance_fen(POOL, voucher.effects[0].account) == voucher.effects[0].before_fen
    assert verdict(checker, decision.pk).status_code == 302
    decision.refresh_from_db()
    assert decision.state == "done"
    assert queries.balance_fen(POOL, voucher.effects[0].account) == voucher.effects[0].after_fen


def test_an_outflow_is_asked_by_one_and_approved_by_another(
    custody: Make, pair: tuple[Seated, Seated]
) -> None:
    maker, checker = pair
    room = custody()
    room.paid(100_00)
    assert "¥" in text(maker, "/console/custody/outflows/ask")
    where = f"/console/custody/outflows/ask/{POOL}/REPAYMENT"
    value = f"{room.order.kind}:{room.order.owner}"
    assert value in text(maker, where)
    form = {
        "account": str(room.account.pk), "source": value, "amount": "100.00",
        "payee_no": "6222021702012345678", "payee_name": "赵六", "reason": "乘客要求退还",
    }  # fmt: skip
    refused = maker.client.post(where, form | {"amount": "1e5"})
    assert refused.status_code == 409
    assert "赵六" in refused.content.decode()
    assert not OutflowRequest.objects.exists()
    maker.client.post(where, form)
    one = OutflowRequest.objects.get()
    page = f"/console/custody/outflows/{one.pk}"
    assert page in text(checker, "/console/custody/outflows")
    assert "撤回申请" in text(maker, page)
    assert f"/console/approvals/{one.pk}" in text(checker, page)
    assert verdict(maker, one.pk).status_code == 409
    assert queries.balance_fen(POOL, room.order) == 100_00
    assert verdict(checker, one.pk).status_code == 302
    [paid] = Instruction.objects.filter(request=one)
    assert paid.state == "ready"
    assert queries.balance_fen(POOL, room.order) == 0
    assert queries.balance_fen(POOL, paid.in_transit) == 100_00
    assert paid.number in text(checker, page)


def test_above_the_limit_two_checkers_are_sent_to_the_right_approval(
    custody: Make, pair: tuple[Seated, Seated]
) -> None:
    maker, checker = pair
    third = seat(FINANCE, name="复核丙")
    one = custody().outflow(900_000_00, maker.person)
    assert one.second_id is not None
    page = f"/console/custody/outflows/{one.pk}"
    assert f"/console/approvals/{one.second_id}" in text(checker, page)
    verdict(checker, one.second_id)
    one.refresh_from_db()
    assert one.state == "asked"
    verdict(checker, one.pk)
    one.refresh_from_db()
    assert one.state == "asked", "the same checker is not two"
    assert verdict(third, one.pk).status_code == 302
    one.refresh_from_db()
    assert one.state == "approved"


def test_whoever_asked_takes_it_back_and_a_refusal_ends_it(
    custody: Make, pair: tuple[Seated, Seated]
) -> None:
    maker, checker = pair
    room = custody()
    one, other = room.outflow(100, maker.person), room.outflow(200, maker.person)
    taken_back = f"/console/custody/outflows/{one.pk}/withdraw"
    assert checker.client.post(taken_back, {"reason": "x"}).status_code == 409
    assert maker.client.post(taken_back, {"reason": "写错了"}).status_code == 302
    verdict(checker, other.pk, "refused")
    states = dict(OutflowRequest.objects.values_list("pk", "state"))
    assert states == {one.pk: "withdrawn", other.pk: "refused"}
    assert not Instruction.objects.exclude(state="dropped").exists()


def test_a_statement_is_uploaded_booked_and_explained_by_two(
    custody: Make, pair: tuple[Seated, Seated]
) -> None:
    maker, checker = pair
    room = custody()
    payment = room.paid(1)
    where = "/console/custody/statements/upload"
    for content, code in ((b"<nothing", "statement_unreadable"), (b"", "statement_unreadable")):
        file = SimpleUploadedFile("bad.xml", content)
        answer = maker.client.post(where, {"file": file, "form": "camt053"})
        assert (answer.status_code, code in answer.content.decode()) == (409, True)
    good = SimpleUploadedFile("today.xml", room.printed(12_345))
    assert maker.client.post(where, {"file": good, "form": "camt053"}).status_code == 302
    [taken] = StatementFile.objects.filter(refusal="")
    assert (taken.source, taken.actor_id) == ("upload", str(maker.person.pk))
    booking.book(room.account, now=clock.now())
    page = text(maker, "/console/custody/statements")
    assert "today.xml" in page
    assert "拒收" in page
    [entry_id] = [one.entry.pk for one in _unclear(maker)]
    entry = f"/console/custody/entries/{entry_id}"
    assert entry in page
    form = {"kind": "channel_receivable", "owner": f"wechatpay:{room.today}", "reason": "回单"}
    assert maker.client.post(f"{entry}/understand", form)["Location"] == entry
    word = Approval.objects.get(purpose="custody.understanding")
    assert verdict(maker, word.pk).status_code == 409
    assert queries.balance_fen(POOL, understanding.suspense_of(entry_id)) == 12_345
    assert verdict(checker, word.pk).status_code == 302
    assert queries.balance_fen(POOL, understanding.suspense_of(entry_id)) == 0
    assert "已查清" in text(checker, entry)
    assert payment is not None


def _unclear(seated: Seated) -> Any:
    grants = ((roles.FINANCE_OFFICER, POOL),)
    mine = Seat(session=None, person=seated.person, name="", grants=grants)  # type: ignore[arg-type]
    return reading.unclear(mine)


def test_a_file_too_large_is_not_read_on_and_other_pages_take_none(
    custody: Make, pair: tuple[Seated, Seated], monkeypatch: pytest.MonkeyPatch
) -> None:
    room = custody()
    file = room.printed(1)
    monkeypatch.setattr(uploads, "LARGEST_TABLE_BYTES", len(file) - 1)
    answer = pair[0].client.post(
        uploads.WHERE, {"form": "camt053", "file": SimpleUploadedFile("a.xml", file)}
    )
    assert (answer.status_code, "statement_unreadable" in answer.content.decode()) == (409, True)
    assert not StatementFile.objects.exists()
    there = f"/console/custody/matches/{POOL}/order_bill"
    answer = pair[0].client.post(there, {"line": SimpleUploadedFile("a.xml", file)})
    assert answer.status_code == 409
    assert not answer.wsgi_request.FILES


def test_a_file_of_another_s_pool_is_refused_and_seen_by_its_bringer_alone(
    custody: Make, pair: tuple[Seated, Seated]
) -> None:
    room = custody()
    other = seat((roles.FINANCE_OFFICER, POOL + 1))
    file = SimpleUploadedFile("foreign.xml", room.printed(1))
    answer = other.client.post(
        "/console/custody/statements/upload", {"file": file, "form": "camt053"}
    )
    assert "statement_of_unknown_account" in answer.content.decode()
    assert "foreign.xml" in text(other, "/console/custody/statements")
    assert "foreign.xml" not in text(pair[0], "/console/custody/statements")


def test_a_day_shows_its_state_and_its_reports_are_downloaded_as_known_then(
    custody: Make, pair: tuple[Seated, Seated]
) -> None:
    room = custody()
    room.banked()
    day = room.cut()
    assert f"/console/custody/days/{POOL}/{day}" in text(pair[0], "/console/custody/days")
    where = f"/console/custody/days/{POOL}/{day}"
    assert "已日切" in text(pair[0], where)
    daily = f"{where}/reports/daily"
    answer = pair[0].client.get(f"{daily}.csv?known={day}T12:00")
    body = b"".join(answer.streaming_content).decode()  # type: ignore[attr-defined]
    assert "备付金日报" in body
    assert day.isoformat() in body
    assert answer["Content-Disposition"].startswith("attachment")
    answer = pair[0].client.get(f"{daily}.xlsx")
    assert b"".join(answer.streaming_content)[:2] == b"PK"  # type: ignore[attr-defined]
    for wrong in ("never.csv", "daily.exe"):
        assert pair[0].client.get(f"{where}/reports/{wrong}").status_code == 404


@pytest.mark.parametrize(
    ("path", "most"),
    [
        ("/console/custody", 12),
        (f"/console/custody/pools/{POOL}", 19),
        ("/console/custody/differences", 10),
        ("/console/custody/outflows", 11),
        ("/console/custody/statements", 14),
        ("/console/custody/days", 9),
        ("/console/custody/cases", 9),
    ],
)
def test_the_pages_ask_no_more_when_there_is_more_on_them(
    custody: Make,
    path: str,
    most: int,
    django_assert_max_num_queries: DjangoAssertNumQueries,
) -> None:
    room = custody()
    room.banked()
    room.difference()
    room.entry()
    for _ in range(4):
        room.outflow(100)
    watching.watch(clock.now())
    officer = seat((roles.FINANCE_OFFICER, POOL))
    with django_assert_max_num_queries(most):
        text(officer, path)


def test_a_limit_and_other_rules_are_words_of_two_officers(
    custody: Make, pair: tuple[Seated, Seated]
) -> None:
    maker, checker = pair
    room = custody()
    rules = text(maker, f"/console/custody/pools/{POOL}/rules")
    assert "MOT" in rules
    where = f"/console/custody/pools/{POOL}/limits/REPAYMENT"
    maker.client.post(where, {"amount": "123.45"})
    asked = Approval.objects.get(purpose="custody.limit")
    assert "¥123.45" not in text(maker, where)
    assert verdict(maker, asked.pk).status_code == 409
    assert verdict(checker, asked.pk).status_code == 302
    assert "¥123.45" in text(maker, where)
    where = f"/console/custody/pools/{POOL}/rules/change/PBOC"
    form = {"from_day": str(room.today), "reason": "监管要求"}
    assert maker.client.post(where, form).status_code == 302, "the open day is ten days ago"
    assert Approval.objects.get(purpose="rule_profile_change").state == "asked"
    assert maker.client.post(where, form | {"from_day": "soon"}).status_code == 409


def test_every_word_of_custody_is_there_in_both_languages() -> None:
    assert set(custody_words.PURPOSES) == {str(one) for one in Purpose}
    assert set(custody_words.CHOICES) >= {str(one) for one in proposing.Choice}
    for name, kind in BY_NAME.items():
        assert custody_words.kind(name) == kind.zh


def test_amounts_are_read_exactly_or_not_at_all() -> None:
    assert [fen_of(one) for one in ("1", "1.5", "1,234.56", "¥0.01")] == [100, 150, 123_456, 1]
    for wrong in ("", "0", "-1", "1.234", "1e3", "１２", "NaN"):
        with pytest.raises(OutflowMalformed):
            fen_of(wrong)


def test_a_course_says_in_words_what_it_draws_and_ends_in_red_when_it_is_short() -> None:
    assert drawing.course([10_000], floor=10_000, told="x") == ""
    drawn = drawing.course([10_000, 9_997], floor=10_000, told='"<low>"')
    assert 'class="course short"' in drawn
    assert "<low>" not in drawn
    assert drawing.bars([("a", 0)], told="x") == ""
    assert drawing.bars([("a", 1), ("b", 10**9)], told="x").count("<rect") == 2
