"""The text of the wallet's bills: a detail and a summary between comments, packed in GBK."""

import io
import zipfile
from collections.abc import Mapping
from datetime import date, timedelta

from gateway.sandbox.neighbours.yuan import yuan

HEADER = (
    "支付宝交易号,商户订单号,业务类型,商品名称,创建时间,完成时间,门店编号,门店名称,操作员,终端号,对方账户,"
    "订单金额（元）,商家实收（元）,支付宝红包（元）,集分宝（元）,支付宝优惠（元）,商家优惠（元）,"
    "券核销金额（元）,券名称,商家红包消费金额（元）,卡消费金额（元）,退款批次号/请求号,服务费（元）,"
    "分润（元）,备注"
)
_SUMMARY_HEADER = (
    "门店编号,门店名称,交易订单总笔数,退款订单总笔数,订单金额（元）,商家实收（元）,支付宝优惠（元）,"
    "商家优惠（元）,卡消费金额（元）,服务费（元）,分润（元）,实收净额（元）"
)
_ZEROS = (
    "支付宝红包（元）,集分宝（元）,支付宝优惠（元）,商家优惠（元）,券核销金额（元）,商家红包消费金额（元）,"
    "卡消费金额（元）,分润（元）"
)
_PADDED = "支付宝交易号,商户订单号,业务类型,退款批次号/请求号,对方账户,门店编号"
_RULE = "-" * 41
Row = tuple[str, int, int, str]
"""kind, amount and fee (fen, as printed), the line."""


def packed(stem: str, detail_text: str, summary_text: str) -> bytes:
    """The zip with its two members; their names lie in it as GBK, which no flag tells."""
    made = io.BytesIO()
    names = {}
    members = (("d", "业务明细", detail_text), ("s", "业务明细(汇总)", summary_text))
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        for mark, kind, text in members:
            name = f"{stem}_{kind}.csv".encode("gbk")
            names[mark * len(name)] = name
            archive.writestr(mark * len(name), text.encode("gbk"))
    content = made.getvalue()
    for placeholder, name in names.items():
        content = content.replace(placeholder.encode(), name)
    return content


def detail(
    account: str, day: str, rows: list[Row], *, header: str = HEADER, too_much: int = 0
) -> str:
    """The detail's text."""
    following = date.fromisoformat(day) + timedelta(days=1)
    paid = [row for row in rows if row[0] == "交易"]
    back = [row for row in rows if row[0] == "退款"]
    lines = [
        "#支付宝业务明细查询",
        f"#账号：[{account}]",
        _span(day, following),
        f"#{_RULE}业务明细列表{_RULE}",
        header,
        *(row[3] for row in rows),
        f"#{_RULE}业务明细列表结束{_RULE}",
        f"#交易合计：{len(paid)}笔，商家实收共{yuan(_sum(paid) + too_much)}元，商家优惠共0.00元",
        f"#退款合计：{len(back)}笔，商家实收退款共{yuan(_sum(back))}元，商家优惠退款共0.00元",
        f"#导出时间：[{following:%Y年%m月%d日} 08:40:10]",
    ]
    return "\r\n".join(lines) + "\r\n"


def summary(account: str, day: str, rows: list[Row], *, too_many: int = 0) -> str:
    """The summary's text."""
    paid = sum(1 for row in rows if row[0] == "交易") + too_many
    back = sum(1 for row in rows if row[0] == "退款")
    fees = sum(row[2] for row in rows)
    amounts = f"{yuan(_sum(rows))},{yuan(_sum(rows))},0.00,0.00,0.00,{yuan(fees)},0.00"
    lines = [
        "#支付宝业务汇总查询",
        f"#账号：[{account}]",
        f"#{_RULE}业务汇总列表{_RULE}",
        _SUMMARY_HEADER,
        f"合计\t,\t,{paid},{back},{amounts},{yuan(_sum(rows) + fees)}",
        f"#{_RULE}业务汇总列表结束{_RULE}",
    ]
    return "\r\n".join(lines) + "\r\n"


def line_of(kind: str, amount_fen: int, fee_fen: int, cells: Mapping[str, str]) -> Row:
    """A row from its cells by column; texts that look like numbers are padded with a tab."""
    named = dict.fromkeys(_ZEROS.split(","), "0.00") | {
        "业务类型": kind,
        "订单金额（元）": yuan(amount_fen),
        "商家实收（元）": yuan(amount_fen),
        "服务费（元）": yuan(fee_fen),
        **cells,
    }
    padded = _PADDED.split(",")
    shown = [
        f"{named.get(name, '')}\t" if name in padded else named.get(name, "")
        for name in HEADER.split(",")
    ]
    return kind, amount_fen, fee_fen, ",".join(shown)


def _span(day: str, following: date) -> str:
    year, month, number = day.split("-")
    begin = f"#起始日期：[{year}年{month}月{number}日 00:00:00]"
    return f"{begin}   终止日期：[{following:%Y年%m月%d日} 00:00:00]"


def _sum(rows: list[Row]) -> int:
    return sum(row[1] for row in rows)
