"""支付宝's trade bill: whole or not at all, in its one layout."""

import io
import zipfile
from dataclasses import replace

import pytest

from gateway.channels.alipay import bill_file
from gateway.channels.errors import BillUnreadable
from gateway.channels.port import BillKind
from gateway.channels.registry import adapter
from gateway.sandbox.alipay_wallet.bill_text import detail, packed, summary
from tests.gateway.channels.alipay.bill_peer import bill_of, row_of, texts_of
from tests.gateway.channels.alipay.peer import SELLER, AlipayPeer
from tests.gateway.channels.peer import DAY

peer = AlipayPeer()
STEM, ACCOUNT = f"{SELLER}0156_{DAY:%Y%m%d}", f"{SELLER}0156"


def _read(content, *, merchant=None, link=None):
    stream = io.BytesIO(content)
    lines = adapter("alipay").read_bill(
        merchant or peer.merchant(), stream, link=link or peer.link()
    )
    return list(lines)


def _changed(old, new):
    text, other = texts_of(SELLER, [5000, 1])
    assert old in text
    return bill_of(SELLER, text.replace(old, new, 1), other)


def test_payments_and_refunds_with_their_fees():
    rows = [row_of(0, 5000), row_of(1, 2000, **{"退款批次号/请求号": "r1"})]
    day = DAY.isoformat()
    content = packed(STEM, detail(ACCOUNT, day, rows), summary(ACCOUNT, day, rows))
    paid, back = _read(content)
    assert (paid.kind, paid.amount_fen, paid.settled_fen) == (BillKind.PAYMENT, 5000, 5000)
    assert (back.kind, back.amount_fen, back.refund_no) == (BillKind.REFUND, 2000, "r1")
    assert (paid.fee_text, paid.fee_in_100000, back.fee_in_100000) == ("-0.30", 30_000, -30_000)
    assert paid.description == "公交卡充值,含逗号,与“引号”"
    assert (paid.at.hour, paid.transaction_no[:8]) == (2, "20261121")
    positive = replace(peer.merchant(), options={"bill_fee_charged": "positive"})
    assert _read(content, merchant=positive)[0].fee_in_100000 == -30_000


@pytest.mark.parametrize(
    ("old", "new", "why"),
    [
        ("服务费（元）", "手续费（元）", "missing.*服务费.*unexpected.*手续费"),
        (",备注\r\n", ",备注,新列\r\n", "unexpected.*新列"),
        ("商户订单号,业务类型", "业务类型,商户订单号", "in their order"),
        ("商家实收共50.01元", "商家实收共50.02元", "sums differ"),
        ("#交易合计：2笔", "#交易合计：3笔", "sums differ"),
        ("交易\t", "转账\t", "kind of business"),
        (",50.00,50.00,", ",50.001,50.00,", "yuan"),
        (",50.00,50.00,", ",-50.00,-50.00,", "yuan"),
        (",50.00,50.00,", ",50.00,50.01,", "more settled"),
        ("order00000000", "", "商户订单号"),
        ("2026年11月21日 00:00:00]   ", "2026年11月20日 00:00:00]   ", "another day"),
        ("#账号：[2088", "#账号：[2099", "another account"),
        ("2026-11-21 10:00:00", "2026-13-21 10:00:00", "does not match"),
    ],
)
def test_what_is_not_the_layout_books_nothing_and_says_why(old, new, why):
    with pytest.raises(BillUnreadable, match=why):
        _read(_changed(old, new))


def test_the_summary_counts_too():
    text, other = texts_of(SELLER, [5000, 1])
    with pytest.raises(BillUnreadable, match="summary counts"):
        _read(bill_of(SELLER, text, other.replace("\t,2,0,", "\t,3,0,")))


def _zip(*members, **how):
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members:
            archive.writestr(name, content)
    return made.getvalue()


def test_names_in_utf8_do_as_well_and_other_members_do_not():
    text, other = (one.encode("gbk") for one in texts_of(SELLER, [5000]))
    good = [(f"{STEM}_业务明细.csv", text), (f"{STEM}_业务明细(汇总).csv", other)]
    assert [line.amount_fen for line in _read(_zip(*good))] == [5000]
    for wrong in (
        good[:1],
        [*good, ("inner.zip", b"PK")],
        [(f"../{STEM}_业务明细.csv", text), good[1]],
        [*good, (f"{STEM}_财务明细.csv", text)],
        [(f"{number}.csv", b"") for number in range(51)],
    ):
        with pytest.raises(BillUnreadable):
            _read(_zip(*wrong))


def test_a_bomb_is_not_unpacked(monkeypatch):
    names = (f"{STEM}_业务明细.csv", f"{STEM}_业务明细(汇总).csv")
    with pytest.raises(BillUnreadable, match="unpacks to more"):
        _read(_zip((names[0], b"#" * (8 << 20)), (names[1], b"")))
    monkeypatch.setattr(bill_file, "SIZE_LIMIT_BYTES", 100)
    with pytest.raises(BillUnreadable, match="larger than"):
        _read(peer.bill([5000])[0])
    monkeypatch.setattr(bill_file, "SIZE_LIMIT_BYTES", 1 << 20)
    with pytest.raises(BillUnreadable, match="longer than"):
        _read(_zip((names[0], b"#" * 40_000), (names[1], texts_of(SELLER, [1])[1].encode("gbk"))))


def test_text_that_is_not_gbk_is_unreadable():
    text, other = (one.encode("utf-8") for one in texts_of(SELLER, [5000]))
    members = ((f"{STEM}_业务明细.csv", text), (f"{STEM}_业务明细(汇总).csv", other))
    with pytest.raises(BillUnreadable):
        _read(_zip(*members))
