"""What officers ask for in custody's rooms: placements, rules, reversals, cut-over, reports."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta

import pytest
from pytest_django import DjangoAssertNumQueries

from accounts import clock, roles
from accounts.identifiers import derive
from accounts.models import Approval
from gateway.console import drawing
from reserve_funds.custody.bank import instructions
from reserve_funds.custody.bank.models import Instruction, OutflowRequest, RecognitionRule
from reserve_funds.custody.coverage.models import Mark
from reserve_funds.custody.placements import following
from reserve_funds.custody.placements.models import Placement
from reserve_funds.ledger import pools, queries
from reserve_funds.ledger.values import Ref
from tests.gateway.console.custody_rooms import POOL, Room
from tests.gateway.console.test_custody import pair, text, verdict
from tests.reserve_funds.conftest import fresh_pool_number
from tests.reserve_funds.custody.bank.test_not_instructed import NO_SUCH_NUMBER
from tests.support.officers import Seated, seat

__all__ = ["pair"]

FINANCE = (roles.FINANCE_OFFICER, POOL)
Make = Callable[[], Room]


def test_a_placement_is_asked_under_its_floor_and_decided_by_another(
    custody: Make, pair: tuple[Seated, Seated]
) -> None:
    maker, checker = pair
    room = custody()
    room.covered(1_000_000)
    ladder = f"/console/custody/pools/{POOL}/ladder"
    page = text(maker, ladder)
    for said in ("¥3,000.00", "¥7,000.00", 'class="ladder"', "最紧"):
        assert said in page
    where = f"/console/custody/pools/{POOL}/placements/ask"
    assert "流动性底线" in text(maker, where)
    form = {
        "account": str(room.account.pk), "kind": "term_deposit", "institution": "示例银行",
        "contract_no": "DQ-2026-0001", "amount": "1000.00", "rate": "1.55",
        "matures_on": str(room.today + timedelta(days=10)), "payee_name": "示例银行",
        "payee_no": "6222021702012345678", "reason": "保值",
    }  # fmt: skip
    for change, said in (
        ({"rate": "lots"}, "年利率是"),
        ({"matures_on": "soon"}, "到期日要在今天之后"),
        ({"amount": "-1"}, "写大于零的金额"),
        ({"contract_no": "x"}, "合同号是 6 到 40 位"),
        ({"account": "x"}, "placement_malformed"),
        ({"kind": "shares"}, "只能办理保本的存放种类"),
        ({"amount": "7000.01"}, "低于流动性底线"),
    ):
        answer = maker.client.post(where, form | change)
        assert answer.status_code == 409
        assert said in answer.content.decode(), change
    assert not Placement.objects.exists()
    assert not OutflowRequest.objects.exists()
    one_page = maker.client.post(where, form)["Location"]
    one = Placement.objects.get()
    assert (one.rate_bp, one.principal_fen, one.state) == (155, 100_000, "asked")
    request = OutflowRequest.objects.get()
    page = text(checker, one_page)
    assert f"/console/custody/outflows/{request.pk}" in page
    assert "经办甲" in page
    assert one.contract_no in text(checker, "/console/custody/placements")
    assert verdict(maker, request.pk).status_code == 409
    assert queries.balance_fen(POOL, one.ref) == 0
    for approval_id in filter(None, (request.second_id, request.pk)):
        checker = seat(FINANCE)
        assert verdict(checker, approval_id).status_code == 302
    assert queries.balance_fen(POOL, one.ref) == 100_000
    carried = Instruction.objects.get(source_kind="placement")
    following.follow(carried.pk, clock.now())
    back = f"{one_page}/return"
    assert back in text(maker, one_page)
    form = {"amount": "400.00", "due_on": str(room.today), "reason": "节前备付"}
    for change, said in (
        ({"due_on": "soon"}, "收回日不能早于"),
        ({"amount": "x"}, "写大于零的金额"),
    ):
        answer = maker.client.post(back, form | change)
        assert (answer.status_code, said in answer.content.decode()) == (409, True)
    maker.client.post(back, form)
    asked = Approval.objects.get(purpose="custody.placement_return")
    assert verdict(maker, asked.pk).status_code == 409
    assert verdict(checker, asked.pk).status_code == 302
    assert "已申请支取" in text(maker, one_page)
    off = f"{back}/off"
    assert off in text(checker, one_page)
    assert "写明理由" in maker.client.post(off, {"reason": " "}).content.decode()
    assert maker.client.post(off, {"reason": "银行不同意提前支取"})["Location"] == one_page
    assert maker.client.post(off, {"reason": "再来一次"}).status_code == 409
    page = text(maker, one_page)
    assert back in page, "it may be asked back anew"
    assert off not in page
    assert queries.balance_fen(POOL, one.ref) == 100_000


def test_a_recognition_rule_is_asked_seen_with_what_it_ends_and_ended(
    custody: Make, pair: tuple[Seated, Seated]
) -> None:
    maker, checker = pair
    room = custody()
    was = room.rule("payouts")
    where = f"/console/custody/pools/{POOL}/recognition"
    assert f"{where}/ask/channel_payout" in text(maker, where)
    form = {
        "account": str(room.account.pk), "name": "payouts", "counterparty": "财付通",
        "words": "结算", "channel": "wechatpay", "days_before": "1", "working_days": "on",
        "place": "10",
    }  # fmt: skip
    ask = f"{where}/ask/channel_payout"
    form_page = text(maker, ask)
    assert "只数工作日" in form_page
    assert "(?P&lt;day&gt;…)" in form_page
    for change, said in (
        ({"name": "Payouts!"}, "名称用小写英文字母开头"),
        ({"words": "("}, "不是能用的样式"),
        ({"words": "", "counterparty": ""}, "至少写一项"),
        ({"place": "-1"}, "次序是不小于 0 的整数"),
        ({"days_before": "99"}, "细则没有填对"),
        ({"account": str(room.income.pk)}, "请从列表里选一个账户"),
    ):
        answer = maker.client.post(ask, form | change)
        assert (answer.status_code, said in answer.content.decode()) == (409, True), change
    assert maker.client.get(f"{where}/ask/shares").status_code == 404
    asked = Approval.objects.filter(purpose="custody.recognition", state="asked")
    assert not asked.exists()
    maker.client.post(ask, form)
    one = asked.get()
    desk = text(checker, f"/console/approvals/{one.pk}")
    for said in ("同名的旧规则随即停用", "利息|结息", "渠道结算到账", "微信支付", "财付通"):
        assert said in desk
    assert verdict(maker, one.pk).status_code == 409
    assert RecognitionRule.objects.get(ended_at=None).pk == was
    assert verdict(checker, one.pk).status_code == 302
    assert RecognitionRule.objects.get(ended_at=None).pk == one.pk
    end = f"{where}/{one.pk}/end"
    assert end in text(maker, where)
    assert "一个人就能办" in text(maker, end)
    assert maker.client.post(end).status_code == 302
    assert not RecognitionRule.objects.filter(ended_at=None).exists()
    assert maker.client.get(end).status_code == 404


def test_a_wrong_transfer_is_reversed_by_two_and_seen_from_both_ends(
    custody: Make, pair: tuple[Seated, Seated]
) -> None:
    maker, checker = pair
    room = custody()
    room.paid(500)
    order = queries.transfers_of(POOL, room.order)[0]
    page = f"/console/custody/pools/{POOL}/transfers/{order.id}"
    where = f"{page}/reverse"
    assert where in text(maker, page)
    assert "冲正会记" in text(maker, where)
    answer = maker.client.post(where, {"reason": ""})
    assert (answer.status_code, "写明理由" in answer.content.decode()) == (409, True)
    maker.client.post(where, {"reason": "记重了"})
    asked = Approval.objects.get(purpose="custody.reversal")
    listed = text(checker, "/console/custody/reversals")
    assert f"/console/approvals/{asked.pk}" in listed
    assert "记重了" in listed
    stranger = seat((roles.FINANCE_OFFICER, POOL + 1))
    assert "记重了" not in text(stranger, "/console/custody/reversals")
    assert verdict(maker, asked.pk).status_code == 409
    assert queries.balance_fen(POOL, room.order) == 500
    assert verdict(checker, asked.pk).status_code == 302
    assert queries.balance_fen(POOL, room.order) == 0
    undone = f"/console/custody/pools/{POOL}/transfers/{derive(order.id, 'reversed')}"
    told = text(maker, page)
    assert undone in told
    assert where not in told
    assert page in text(maker, undone)
    assert "已经冲正过了" in text(maker, where)


def test_a_mirrored_pair_is_asked_for_whole_and_a_bank_s_fact_not_at_all(
    custody: Make, pair: tuple[Seated, Seated]
) -> None:
    maker, checker = pair
    room = custody()
    room.banked(1_000_000)
    fee = Ref(kind="own_cover_due", owner="fee")
    [leg] = [one for one in queries.transfers_of(POOL, fee) if one.cross_id is not None]
    where = f"/console/custody/pools/{POOL}/transfers/{leg.id}/reverse"
    assert text(maker, where).count('class="changes"') == 2
    maker.client.post(where, {"reason": "渠道说错了"})
    both = Approval.objects.filter(purpose="custody.reversal")
    assert both.count() == 2
    assert verdict(checker, both[0].pk).status_code == 302
    assert queries.balance_fen(POOL, fee) == 0
    assert {one.state for one in both.all()} == {"spent"}
    banked = next(
        one for one in queries.transfers_of(POOL, room.account.ref) if one.cross_id is None
    )
    page = f"/console/custody/pools/{POOL}/transfers/{banked.id}"
    assert f"{page}/reverse" not in text(maker, page)
    answer = maker.client.post(f"{page}/reverse", {"reason": "x"})
    assert (answer.status_code, "reversal_refused" in answer.content.decode()) == (409, True)


def test_a_report_is_chosen_read_as_known_then_and_taken_along(
    custody: Make, pair: tuple[Seated, Seated]
) -> None:
    officer, _ = pair
    room = custody()
    room.covered()
    day = room.cut()
    chooser = "/console/custody/reports"
    page = text(officer, chooser)
    for word in ("备付金日报", "月报", "大额与临近限额清单", "长期未用卡", "过期与长期未用余额"):
        assert word in page
    answer = officer.client.get(f"{chooser}?pool={POOL}&name=daily&day={day}&known={day}T12:00")
    reading = answer["Location"]
    assert reading.startswith(f"{chooser}/{POOL}/daily?day={day}")
    told = text(officer, reading)
    assert f"{day}T12:00" in told
    assert f"/console/custody/days/{POOL}/{day}/reports/daily.csv?day={day}" in told
    assert "余额从不作废" in text(officer, f"{chooser}/{POOL}/idle?day={day}")
    for name in ("trial", "waiting", "large", "dormant"):
        assert 'class="rows"' in text(officer, f"{chooser}/{POOL}/{name}?day={day}") or name in (
            "large", "dormant", "waiting",
        )  # fmt: skip
    answer = officer.client.get(f"{chooser}/{POOL}/month?day={day}")
    assert (answer.status_code, "所选期间尚未结束" in answer.content.decode()) == (409, True)
    answer = officer.client.get(f"{chooser}/{POOL}/quarter?day={day}&revenue=lots")
    assert (answer.status_code, "上年主营业务收入" in answer.content.decode()) == (409, True)
    for wrong in ("daily?day=soon", "daily?day=1999-01-01", "never", f"daily?day={day}&known=x"):
        assert officer.client.get(f"{chooser}/{POOL}/{wrong}").status_code == 404
    assert officer.client.get(f"{chooser}?pool={POOL + 1}&name=daily").status_code == 404


def test_a_month_is_drawn_and_a_quarter_is_for_pools_whose_rules_want_it(db: None) -> None:
    pool, profile = fresh_pool_number(), "MOFCOM"
    first = date(2026, 7, 1)
    pools.open_pool(pool, profile, first)
    for number in range(1, 93):
        pools.cut(pool, first + timedelta(days=number))
    officer = seat((roles.FINANCE_OFFICER, pool))
    where = f"/console/custody/reports/{pool}"
    month = text(officer, f"{where}/month?day=2026-09-15")
    assert "日均备付金" in month
    assert "2026-09-01" in month
    assert 'class="course' in month
    quarter = text(officer, f"{where}/quarter?day=2026-08-01&revenue=1000000")
    assert "预收资金余额" in quarter
    assert "¥1,000,000.00" in quarter


def test_legacy_balances_are_compared_and_opened_by_two(
    custody: Make, pair: tuple[Seated, Seated]
) -> None:
    maker, checker = pair
    room = custody()
    taken = room.handover()
    where = f"/console/custody/cutover/{taken.pk}"
    assert where in text(maker, "/console/custody/cutover")
    assert "¥2.50" in text(maker, where)
    day = f"{where}/day"
    told = {"day": str(room.today), "loaded_fen": "0", "refunded_fen": "0", "spent_fen": "0"}
    for change in ({"paid_in_fen": "lots"}, {"paid_in_fen": "1", "day": "someday"}):
        assert maker.client.post(day, told | change).status_code == 409
    answer = maker.client.post(day, told | {"paid_in_fen": "1.00"})
    page = text(maker, answer["Location"])
    assert "-¥1.00" in page
    again = maker.client.post(day, told | {"paid_in_fen": "2.00"})
    assert (again.status_code, "legacy_file_refused" in again.content.decode()) == (409, True)
    span = {"first": str(room.today), "last": str(room.today)}
    csv = maker.client.get(f"{where}/differences.csv", span)
    assert "-1.00" in b"".join(csv.streaming_content).decode()  # type: ignore[attr-defined]
    assert (
        maker.client.get(where, {"first": str(room.today), "last": "2020-01-01"}).status_code == 404
    )
    assert "会记这些分录" in text(maker, f"{where}/open")
    watcher = seat((roles.FINANCE_OFFICER, POOL + 1), (roles.AUDITOR, None))
    assert watcher.client.post(f"{where}/open", span).status_code == 409
    assert not Approval.objects.filter(purpose="legacy_opening").exists()
    maker.client.post(f"{where}/open", span)
    asked = Approval.objects.get(purpose="legacy_opening")
    desk = text(checker, f"/console/approvals/{asked.pk}")
    assert "缺口记为自有资金应补足" in desk
    assert verdict(maker, asked.pk).status_code == 409
    float_ = Ref(kind="legacy_float", owner=taken.issuer)
    assert queries.balance_fen(POOL, float_) == 0
    assert verdict(checker, asked.pk).status_code == 302
    assert queries.balance_fen(POOL, float_) == 1_500
    page = text(maker, where)
    assert "已开账" in page
    assert f"{where}/open" not in page


def test_what_never_reached_the_bank_is_declared_by_two_when_the_bank_has_denied_it(
    custody: Make, pair: tuple[Seated, Seated]
) -> None:
    maker, checker = pair
    room = custody()
    days = f"/console/custody/pools/{POOL}/patience"
    answer = maker.client.post(days, {"days": "many"})
    assert (answer.status_code, "写 1 到 60 的整数" in answer.content.decode()) == (409, True)
    maker.client.post(days, {"days": "2"})
    verdict(checker, Approval.objects.get(purpose="custody.patience").pk)
    one = room.instruction()
    where = f"/console/custody/instructions/{one.pk}/not-instructed"
    assert "现在不在途" in text(maker, where)
    at = clock.now() - timedelta(days=4)
    instructions.sending(one.pk, now=at)
    assert where in text(maker, f"/console/custody/outflows/{one.request_id}")
    for day in range(2):
        instructions.answered(one.pk, NO_SUCH_NUMBER, now=at + timedelta(days=day))
    assert "先取来对账单" in text(maker, where)
    assert "提交给另一位复核" not in text(maker, where)
    room.taken(room.printed(100))
    assert "2 天，要满 2 天" in text(maker, where)
    maker.client.post(where, {"reason": "进程中断，银行查无此号"})
    asked = Approval.objects.get(purpose="custody.not_instructed")
    assert "等另一位复核" in text(checker, where)
    undo = Approval.objects.get(purpose="custody.not_instructed.undo")
    assert "同一件事" in text(checker, f"/console/approvals/{undo.pk}")
    assert verdict(maker, asked.pk).status_code == 409
    assert queries.balance_fen(POOL, one.in_transit) == one.amount_fen
    assert verdict(checker, asked.pk).status_code == 302
    assert queries.balance_fen(POOL, one.in_transit) == 0
    one.refresh_from_db()
    assert one.state == "not_instructed"


def test_who_only_watches_is_offered_nothing_to_ask(custody: Make) -> None:
    custody()
    where = f"/console/custody/pools/{POOL}"
    assert "申请存放" in text(seat(FINANCE), f"{where}/ladder")
    watcher = seat((roles.AUDITOR, None))
    assert "申请存放" not in text(watcher, f"{where}/ladder")
    assert watcher.client.get(f"{where}/placements/ask").status_code == 403


def test_a_ladder_says_in_words_what_it_draws_and_marks_the_days_that_fall_short() -> None:
    assert drawing.ladder([1], [1], floor=0, told="x") == ""
    drawn = drawing.ladder([100, 100, 300], [50, 120, 120], floor=30, told='"<x>"')
    assert drawn.count('class="gap"') == 1
    assert "<x>" not in drawn


@pytest.mark.parametrize(
    ("path", "most"),
    [
        ("/console/custody/placements", 10),
        (f"/console/custody/pools/{POOL}/ladder", 16),
        (f"/console/custody/pools/{POOL}/recognition", 10),
        ("/console/custody/reversals", 10),
        ("/console/custody/reports", 8),
        ("/console/custody/cutover", 8),
    ],
)
def test_pages_ask_no_more_when_there_is_more_on_them(
    custody: Make, path: str, most: int, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    room = custody()
    for _ in range(4):
        room.placement()
    officer = seat(FINANCE)
    with django_assert_max_num_queries(most):
        text(officer, path)


def test_winding_down_is_asked_on_the_page_of_what_is_still_owed_and_declared_by_another(
    custody: Make,
    pair: tuple[Seated, Seated],
    django_assert_max_num_queries: DjangoAssertNumQueries,
) -> None:
    maker, checker = pair
    room = custody()
    room.paid(4_200)
    where = f"/console/custody/pools/{POOL}/winding"
    assert where in text(maker, f"/console/custody/pools/{POOL}/rules")
    with django_assert_max_num_queries(12):
        page = text(maker, where)
    for said in ("没有人申请终止", "¥42.00", f"{where}/ask"):
        assert said in page
    form = {"from_day": str(room.first + timedelta(days=30)), "reason": "批准终止，公告 2026-9"}
    for change, said in (
        ({"from_day": "soon"}, "请选一个营业日"),
        ({"from_day": str(room.first - timedelta(days=1))}, "profile_day_is_open"),
        ({"reason": ""}, "写明理由"),
    ):
        answer = maker.client.post(f"{where}/ask", form | change)
        assert (answer.status_code, said in answer.content.decode()) == (409, True), change
    maker.client.post(f"{where}/ask", form)
    asked = Approval.objects.get(purpose="custody.winding_down")
    page = text(maker, where)
    assert "等另一位复核" in page
    assert f"{where}/ask" not in page
    assert verdict(maker, asked.pk).status_code == 409
    assert "等另一位复核" in text(maker, where)
    assert verdict(checker, asked.pk).status_code == 302
    hour = clock.now().replace(minute=0, second=0, microsecond=0)
    for days, fen in ((31, 9_900), (20, 5_000), (1, 4_200)):
        Mark.objects.create(
            pool=POOL, hour=hour - timedelta(days=days), read_at=hour, owed_fen=fen,
            held_fen=fen, overdrawn_fen=0, cover_due_fen=0,
        )  # fmt: skip
    page = text(maker, where)
    assert form["from_day"] in page
    assert "¥50.00，最近 ¥42.00" in page
    assert 'class="course' in page
    assert f"{where}/ask" not in page
    assert maker.client.post(f"{where}/ask", form).status_code == 409
