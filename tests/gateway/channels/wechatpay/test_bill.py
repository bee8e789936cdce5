"""A recorded form of 微信支付's trade bill, and every way a bill can fail to be one."""

import gzip
import io
import zlib
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from gateway.channels.errors import BillUnreadable
from gateway.channels.port import BillKind
from gateway.channels.registry import adapter
from gateway.channels.wechatpay import bill as wechatpay_bill
from tests.gateway.channels.wechatpay.bill_peer import bill_of
from tests.gateway.channels.wechatpay.peer import APPID, MCHID, WeChatPeer

SAMPLE = Path(__file__).parents[3] / "samples" / "wechatpay" / "tradebill-all.csv"
peer = WeChatPeer()


def _read(content, *, link=None, travelling=None):
    stream = io.BytesIO(content if travelling is None else travelling)
    lines = adapter("wechatpay").read_bill(peer.merchant(), stream, link=link or peer.link(content))
    return list(lines)


def _changed(old, new, count=1):
    text = SAMPLE.read_bytes().decode()
    assert old in text
    return text.replace(old, new, count).encode()


def test_the_sample_tells_two_payments_and_a_refund():
    first, second, back = _read(SAMPLE.read_bytes())
    assert [line.kind for line in (first, second, back)] == [
        BillKind.PAYMENT,
        BillKind.PAYMENT,
        BillKind.REFUND,
    ]
    assert first.at == datetime(2026, 11, 20, 16, 0, 1, tzinfo=UTC)
    assert first.description == "公交卡充值,50元 `实体卡`,含工本费"
    assert (first.amount_fen, first.settled_fen, first.coupon_fen) == (5000, 5000, 0)
    assert (second.amount_fen, second.settled_fen, second.coupon_fen) == (10000, 9901, 99)
    assert (second.fee_text, second.fee_in_100000) == ("0.59406", 59406)
    assert (second.trade_type, second.attach) == ("NATIVE", "pool=1")
    assert (back.amount_fen, back.settled_fen, back.fee_in_100000) == (2000, 2000, -12000)
    assert back.refund_no == "018f3c2e9b7a7c3d8e4f5a6b7c8d9e10"
    assert back.channel_refund_no == "50300002611202611210000000001"
    assert first.refund_no is None


def test_gzip_and_line_ends_make_no_difference():
    content = SAMPLE.read_bytes()
    lines = _read(content)
    assert _read(content, travelling=gzip.compress(content)) == lines
    assert _read(content.replace(b"\r\n", b"\n")) == lines
    assert _read(content.removeprefix(b"\xef\xbb\xbf")) == lines


def test_columns_are_found_by_name_wherever_they_stand():
    content = bill_of([5000, 1], mchid=MCHID, appid=APPID)
    header, *rows, summary, sums, _ = content.decode().lstrip("\ufeff").split("\r\n")
    plain = [row[1:].replace("`符号,`", "").split(",`") for row in rows]
    turned = [header.split(",")[::-1], *([f"`{cell}" for cell in row[::-1]] for row in plain)]
    lines = [",".join(cells) for cells in turned]
    read = _read("\n".join([*lines, summary, sums]).encode())
    assert [line.order_no for line in read] == ["order00000000", "order00000001"]
    assert [line.amount_fen for line in read] == [5000, 1]


def test_a_drifted_column_is_named():
    with pytest.raises(BillUnreadable) as refused:
        _read(_changed("手续费,费率,", "服务费,费率,新列,"))
    assert "missing ['手续费'], unexpected ['服务费', '新列']" in str(refused.value)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("`50.00,`0.00,`0,", "`50.001,`0.00,`0,"),
        ("`50.00,`0.00,`0,", "`5e1,`0.00,`0,"),
        ("`50.00,`0.00,`0,", "`-50.00,`0.00,`0,"),
        ("`50.00,`0.00,`0,", "`,`0.00,`0,"),
        ("`CNY", "`USD"),
        ("`1900000001", "`1900000999"),
        ("`SUCCESS,`CMB", "`MOONSTRUCK,`CMB"),
        ("`2026-11-21 00:00:01", "`2026-11-21T00:00:01"),
        ("`4200002611202611210000000001", "`"),
        ("`0.30000", "`0.3000001"),
        (",`50.00,`0.00,`\r\n", "\r\n"),
        ("`2026-11-21 08", "2026-11-21 08"),
        ("`充值100元", "`充值\n100元"),
        ("`3,`149.01", "`4,`149.01"),
        ("`3,`149.01", "`3,`149.02"),
        ("`0.77406", "`0.77407"),
        ("`150.00,`20.00\r\n", "`150.00,`20.0\r\n"),
        ("`150.00,`20.00\r\n", "`150.00\r\n"),
        ("`150.00,`20.00\r\n", "`150.00,`20.00\r\n`more\r\n"),
        ("总交易单数", "总单数"),
        ("订单总金额", "订单金额合计"),
    ],
)
def test_a_cell_a_line_or_a_sum_that_is_wrong_makes_the_bill_unreadable(old, new):
    with pytest.raises(BillUnreadable):
        _read(_changed(old, new))


def test_a_row_left_out_shows_in_the_sums():
    lines = SAMPLE.read_bytes().split(b"\r\n")
    with pytest.raises(BillUnreadable, match="总交易单数"):
        _read(b"\r\n".join([lines[0], *lines[2:]]))


def test_the_hash_is_checked_before_the_first_line_is_given_out():
    content = SAMPLE.read_bytes()
    with pytest.raises(BillUnreadable, match="not the one the link named"):
        adapter("wechatpay").read_bill(
            peer.merchant(), io.BytesIO(content + b" "), link=peer.link(content)
        )
    with pytest.raises(BillUnreadable, match="hash"):
        _read(content, link=replace(peer.link(content), hash_type="MD5"))


def test_a_gzip_file_that_is_damaged_doubled_or_followed_is_unreadable():
    content = SAMPLE.read_bytes()
    packed = gzip.compress(content)
    for travelling in (packed + b"x", packed + packed, packed[:-4] + b"\0\0\0\0", packed[:-8]):
        with pytest.raises(BillUnreadable):
            _read(content, travelling=travelling)


def test_a_bomb_is_not_unpacked(monkeypatch):
    box = zlib.compressobj(9, wbits=31)
    bomb = b"".join(box.compress(bytes(1 << 20)) for _ in range(64)) + box.flush()
    assert len(bomb) < 100_000
    with pytest.raises(BillUnreadable, match="larger than a bill"):
        _read(b"", travelling=bomb)
    monkeypatch.setattr(wechatpay_bill, "SIZE_LIMIT_BYTES", 100)
    with pytest.raises(BillUnreadable, match="larger than a bill"):
        _read(SAMPLE.read_bytes())


def test_an_endless_line_is_not_collected():
    content = SAMPLE.read_bytes() + b"`" + b"x" * 200_000
    with pytest.raises(BillUnreadable):
        _read(content)


@pytest.mark.parametrize("content", [b"", b"\xff\xfe", b"\x1f\x8b", "交易时间".encode("gbk")])
def test_what_is_no_bill_at_all_is_unreadable(content):
    with pytest.raises(BillUnreadable):
        _read(content)
