"""The words 银联 uses for its transactions, in answers and notices alike, and its days."""

import sqlite3
from datetime import timedelta

from gateway.sandbox.neighbours.moments import local

CUT_AT_HOUR = 23
MESSAGES = {
    "00": "成功[0000000]",
    "01": "交易失败。详情请咨询95516[5100001]",
    "03": "交易通讯超时,请发起查询交易[3000000]",
    "04": "交易状态未明,请查询对账结果[4000000]",
    "05": "交易已受理,请稍后查询交易结果[5000000]",
    "06": "系统繁忙,请稍后再试[6000000]",
    "10": "报文格式错误[1000000]",
    "11": "验证签名失败[9100004]",
    "12": "重复交易[1200000]",
    "31": "商户状态不正确[6100030]",
    "34": "查无此交易[2600000]",
    "35": "原交易不存在或状态不正确[3500000]",
    "36": "与原交易信息不符[3600000]",
    "39": "交易不在受理时间范围内[3900000]",
    "42": "扣款成功但交易超过规定支付时间[4200000]",
    "98": "文件不存在[9800000]",
}


def settlement_day(seconds: float) -> str:
    """YYYY-MM-DD: a settlement day runs from 23:00 to 23:00."""
    moment = local(seconds)
    return (moment + timedelta(hours=24 - CUT_AT_HOUR)).date().isoformat()


def stamp(seconds: float) -> str:
    """YYYYMMDDhhmmss in Shanghai."""
    return local(int(seconds)).strftime("%Y%m%d%H%M%S")


def code_words(code: str) -> dict[str, str]:
    """A code with its text."""
    return {"respCode": code, "respMsg": MESSAGES.get(code, "通用错误")}


def payment_words(order: sqlite3.Row) -> dict[str, str]:
    """A payment that came about."""
    return {
        "accessType": "0",
        "bizType": order["biz_type"],
        "currencyCode": "156",
        "merId": order["mer_id"],
        "orderId": order["order_no"],
        "txnTime": order["txn_time"],
        "txnType": "01",
        "txnSubType": "01",
        "txnAmt": str(order["paid_fen"] if order["paid_fen"] is not None else order["amount_fen"]),
        "reqReserved": order["reserved"],
        **({} if order["paid_at"] is None else _settled(order["paid_at"], order["paid_fen"])),
        **({} if order["paid_at"] is None else {"queryId": order["transaction_no"]}),
    }


def refund_words(refund: sqlite3.Row, order: sqlite3.Row) -> dict[str, str]:
    """A refund that was taken."""
    words = {
        "accessType": "0",
        "bizType": order["biz_type"],
        "currencyCode": "156",
        "merId": refund["mer_id"],
        "orderId": refund["refund_no"],
        "txnTime": refund["txn_time"],
        "txnType": "04",
        "txnSubType": "00",
        "txnAmt": str(refund["amount_fen"]),
        "origQryId": order["transaction_no"],
        "queryId": refund["query_id"],
        "reqReserved": refund["reserved"],
    }
    if refund["done_at"] is not None:
        words |= _settled(refund["done_at"], refund["amount_fen"])
    return words


def _settled(seconds: float, amount_fen: int) -> dict[str, str]:
    moment = stamp(seconds)
    return {
        "settleAmt": str(amount_fen),
        "settleCurrencyCode": "156",
        "settleDate": settlement_day(seconds)[5:].replace("-", ""),
        "traceNo": f"{int(seconds) % 1_000_000:06d}",
        "traceTime": moment[4:],
    }
