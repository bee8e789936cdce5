"""A day's trade bill of 支付宝 as its platform writes one, for the contract suite."""

from gateway.sandbox.alipay_wallet.bill_text import Row, detail, line_of, packed, summary
from tests.gateway.channels.peer import DAY


def texts_of(seller: str, amounts_fen: list[int]) -> tuple[str, str]:
    """Detail and summary of paid orders of these amounts."""
    rows = [row_of(number, amount_fen) for number, amount_fen in enumerate(amounts_fen)]
    account, day = f"{seller}0156", DAY.isoformat()
    return detail(account, day, rows), summary(account, day, rows)


def bill_of(seller: str, detail_text: str, summary_text: str) -> bytes:
    """The zip of two texts."""
    return packed(f"{seller}0156_{DAY:%Y%m%d}", detail_text, summary_text)


def row_of(number: int, amount_fen: int, **cells: str) -> Row:
    """One payment, or with a refund's number one refund."""
    back = "退款批次号/请求号" in cells
    named = {
        "支付宝交易号": f"20261121220014{number:014d}",
        "商户订单号": f"order{number:08d}",
        "商品名称": "公交卡充值,含逗号,与“引号”",
        "创建时间": "2026-11-21 09:59:58",
        "完成时间": "2026-11-21 10:00:00",
        "对方账户": "*民(159****5620)",
        **cells,
    }
    sign = -1 if back else 1
    return line_of("退款" if back else "交易", sign * amount_fen, -sign * 30, named)
