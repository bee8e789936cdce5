"""The words the wallet uses for its orders and refunds, in answers and notices alike."""

import sqlite3
from typing import Any

from gateway.sandbox.neighbours.moments import shown_moment

_STATE_TEXT = {
    "NOTPAY": "订单未支付",
    "SUCCESS": "支付成功",
    "REFUND": "转入退款",
    "CLOSED": "订单已关闭",
    "REVOKED": "已撤销",
}


def transaction_words(order: sqlite3.Row) -> dict[str, Any]:
    """An order as a query's answer or a notice tells it."""
    words: dict[str, Any] = {
        "mchid": order["mchid"],
        "appid": order["appid"],
        "out_trade_no": order["order_no"],
        "trade_state": order["state"],
        "trade_state_desc": _STATE_TEXT[order["state"]],
        "attach": order["attach"],
        "amount": {"total": order["amount_fen"], "currency": "CNY"},
    }
    if order["transaction_no"] is not None:
        paid_fen = order["paid_fen"]
        words |= {
            "transaction_id": order["transaction_no"],
            "trade_type": {"native": "NATIVE", "jsapi": "JSAPI", "h5": "MWEB"}[order["product"]],
            "bank_type": "OTHERS",
            "success_time": shown_moment(order["paid_at"]),
            "payer": {"openid": order["openid"]},
            "amount": {
                "total": paid_fen,
                "payer_total": paid_fen,
                "currency": "CNY",
                "payer_currency": "CNY",
            },
        }
    return words


def refund_words(refund: sqlite3.Row, order: sqlite3.Row) -> dict[str, Any]:
    """A refund as an answer tells it."""
    words: dict[str, Any] = {
        "refund_id": refund["channel_refund_no"],
        "out_refund_no": refund["refund_no"],
        "transaction_id": order["transaction_no"],
        "out_trade_no": order["order_no"],
        "channel": "ORIGINAL",
        "user_received_account": "支付用户零钱",
        "create_time": shown_moment(refund["made_at"]),
        "status": refund["state"],
        "funds_account": "AVAILABLE",
        "amount": {
            "total": order["paid_fen"],
            "refund": refund["amount_fen"],
            "payer_total": order["paid_fen"],
            "payer_refund": refund["amount_fen"],
            "settlement_total": order["paid_fen"],
            "settlement_refund": refund["amount_fen"],
            "discount_refund": 0,
            "currency": "CNY",
        },
    }
    if refund["done_at"] is not None and refund["state"] == "SUCCESS":
        words["success_time"] = shown_moment(refund["done_at"])
    return words


def refund_notice_words(refund: sqlite3.Row, order: sqlite3.Row) -> dict[str, Any]:
    """A refund as a notice tells it: `refund_status`, the merchant's number, no currency."""
    words = refund_words(refund, order)
    told = {
        "mchid": refund["mchid"],
        "out_trade_no": words["out_trade_no"],
        "transaction_id": words["transaction_id"],
        "out_refund_no": words["out_refund_no"],
        "refund_id": words["refund_id"],
        "refund_status": words["status"],
        "amount": {
            name: words["amount"][name]
            for name in ("total", "refund", "payer_total", "payer_refund")
        },
        "user_received_account": words["user_received_account"],
    }
    if "success_time" in words:
        told["success_time"] = words["success_time"]
    return told
