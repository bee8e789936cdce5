"""A legacy system's file on the console: looked through first, taken whole, opened by two."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from accounts import roles
from accounts.models import Approval, AuditEntry
from gateway.console import uploads
from reserve_funds.custody.cutover.models import LegacyCard, LegacyImport
from reserve_funds.ledger import queries
from reserve_funds.ledger.values import Ref
from tests.gateway.console.custody_rooms import HANDED, POOL, Room, handed_over, uploaded
from tests.gateway.console.test_custody import pair, text, verdict
from tests.support.officers import Seated, seat

__all__ = ["pair"]

UPLOAD = "/console/custody/cutover/upload"
Make = Callable[[], Room]


def test_a_good_file_is_judged_then_taken_by_one_and_opened_by_two_others(
    custody: Make, pair: tuple[Seated, Seated]
) -> None:
    maker, checker = pair
    room = custody()
    assert UPLOAD in text(maker, "/console/custody/cutover")
    where = uploaded(maker, handed_over(room, HANDED))
    page = text(maker, where)
    for said in ("每一行都可以导入，合计与清单一致", "¥15.00", "¥12.50", "城市公交"):
        assert said in page
    assert not LegacyImport.objects.filter(pool=POOL).exists()
    elsewhere = seat((roles.FINANCE_OFFICER, POOL + 1), (roles.AUDITOR, POOL))
    assert "由上传的人导入" in text(elsewhere, where)
    assert elsewhere.client.post(where).status_code == 409
    assert "由上传的人导入" in text(checker, where)
    assert "legacy_upload_of_another" in checker.client.post(where).content.decode()
    assert not LegacyImport.objects.filter(pool=POOL).exists()
    answer = maker.client.get(f"{where}/verdicts.csv")
    lines = b"".join(answer).decode()  # type: ignore[arg-type]
    assert lines.count("可以导入") + lines.count("不是已知的发卡方") + lines.count("别的单位") == 2
    assert "3105070200000000001" not in lines + page, "no whole number of a card"
    assert AuditEntry.objects.filter(act="report_downloaded").exists()
    there = maker.client.post(where)["Location"]
    taken = LegacyImport.objects.get(pool=POOL)
    assert there.endswith(str(taken.pk))
    assert (taken.cards, taken.total_fen, taken.handed_fen) == (2, 1_500, 1_250)
    assert queries.balance_fen(POOL, Ref(kind="legacy_float", owner="城市公交")) == 0
    assert "已经导入" in text(maker, where)
    page = text(maker, there)
    assert "这份数据是您导入的" in page
    assert f"{there}/open" not in page
    assert "legacy_taker_opens" in maker.client.post(f"{there}/open").content.decode()
    assert not Approval.objects.filter(purpose="legacy_opening", pool=POOL).exists()
    third = seat((roles.FINANCE_OFFICER, POOL))
    assert f"{there}/open" in text(third, there)
    third.client.post(f"{there}/open")
    asked = Approval.objects.get(purpose="legacy_opening", pool=POOL)
    assert verdict(third, asked.pk).status_code == 409
    assert "legacy_taker_opens" in verdict(maker, asked.pk).content.decode()
    assert queries.balance_fen(POOL, Ref(kind="legacy_float", owner="城市公交")) == 0
    assert verdict(checker, asked.pk).status_code == 302
    assert queries.balance_fen(POOL, Ref(kind="legacy_float", owner="城市公交")) == 1_500
    assert "经办甲" in text(checker, there), "and whoever took it is told"


def test_a_faulty_file_is_told_line_by_line_and_none_of_it_is_taken(
    custody: Make, pair: tuple[Seated, Seated], monkeypatch: pytest.MonkeyPatch
) -> None:
    maker, _ = pair
    room = custody()
    wrong = HANDED + b"31050702,1\n3105070200000000003,1.00\n3105070200000000001,1000\n"
    where = uploaded(maker, handed_over(room, wrong))
    page = text(maker, where)
    for said in ("一行也没有收下", "卡号不是 19 位数字", "余额不是整数分", "前面已经出现过"):
        assert said in page
    assert '<button class="button">导入' not in page
    assert maker.client.post(where).status_code == 409
    less = uploaded(maker, handed_over(room, HANDED, cards="3"))
    assert "一行也没有收下" in text(maker, less), "the totals are not those told"
    assert maker.client.post(less).status_code == 409
    unread = uploaded(maker, handed_over(room, b"\xff\xfe\x00"))
    assert "没有导入" in text(maker, unread)
    for change, said in (
        ({"digest": "0" * 64}, "不一致就不是清单所说的那份文件"),
        ({"digest": "x"}, "不一致就不是清单所说的那份文件"),
        ({"handed": "15.01"}, "移交金额不能多于余额合计"),
        ({"total": "x"}, "写清单上的余额合计"),
        ({"cards": "0"}, "写清单上的卡数"),
        ({"issuer": " "}, "写明原发卡方"),
        ({"as_of": "2999-01-01T00:00"}, "不能在将来"),
        ({"account": str(room.income.pk)}, "请从列表里选一个账户"),
        ({"file": ""}, "没有文件，或者文件太大"),
    ):
        answer = maker.client.post(UPLOAD, handed_over(room, HANDED, **change))
        assert (answer.status_code, said in answer.content.decode()) == (409, True), change
    monkeypatch.setattr(uploads, "LARGEST_HANDOVER", 20)
    answer = maker.client.post(UPLOAD, handed_over(room, HANDED))
    assert (answer.status_code, "没有文件" in answer.content.decode()) == (409, True)
    stranger = seat((roles.FINANCE_OFFICER, POOL + 1))
    assert stranger.client.get(where).status_code == 404
    assert maker.client.get(f"{where}x").status_code == 404, "nobody makes up what was told"
    assert not LegacyImport.objects.filter(pool=POOL).exists()
    assert not LegacyCard.objects.filter(pool=POOL).exists()
