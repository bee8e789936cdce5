"""The words the wallet uses for its trades and refunds, in answers and notices."""

import sqlite3
from typing import Any

from gateway.sandbox.neighbours.moments import plain_moment
from gateway.sandbox.neighbours.yuan import yuan


def trade_words(order: sqlite3.Row) -> dict[str, Any]:
    """A trade as a query's answer tells it."""
    words = {
        "trade_no": order["trade_no"],
        "out_trade_no": order["order_no"],
        "buyer_logon_id": "159****5620",
        "buyer_user_id": order["buyer_id"],
        "trade_status": order["state"],
        "total_amount": yuan(order["paid_fen"] or order["amount_fen"]),
    }
    if order["paid_at"] is not None:
        words |= {
            "send_pay_date": plain_moment(order["paid_at"]),
            "buyer_pay_amount": yuan(order["paid_fen"]),
            "receipt_amount": yuan(order["paid_fen"]),
            "fund_bill_list": [
                {"fund_channel": "ALIPAYACCOUNT", "amount": yuan(order["paid_fen"])}
            ],
        }
    return words


def notice_words(order: sqlite3.Row, refund: sqlite3.Row | None = None) -> dict[str, str]:
    """A trade as a notice tells it; of a refund with the sum of all refunds."""
    words = {
        "notify_type": "trade_status_sync",
        "app_id": order["app_id"],
        "auth_app_id": order["app_id"],
        "seller_id": order["seller_id"],
        "buyer_id": order["buyer_id"],
        "trade_no": order["trade_no"],
        "out_trade_no": order["order_no"],
        "trade_status": order["state"],
        "subject": order["subject"],
        "total_amount": yuan(order["paid_fen"] or order["amount_fen"]),
        "gmt_create": plain_moment(order["made_at"]),
    }
    if order["paid_at"] is not None:
        words |= {
            "gmt_payment": plain_moment(order["paid_at"]),
            "buyer_pay_amount": yuan(order["paid_fen"]),
            "receipt_amount": yuan(order["paid_fen"]),
            "fund_bill_list": f'[{{"amount":"{yuan(order["paid_fen"])}","fundChannel":"PCREDIT"}}]',
        }
    if order["closed_at"] is not None:
        words["gmt_close"] = plain_moment(order["closed_at"])
    if refund is not None:
        words |= {
            "refund_fee": yuan(order["refunded_fen"]),
            "gmt_refund": f"{plain_moment(refund['done_at'])}.000",
            "out_biz_no": refund["refund_no"],
        }
    return words


def refund_query_words(refund: sqlite3.Row, order: sqlite3.Row) -> dict[str, Any]:
    """A refund as a question about it is answered; nothing while no money moved."""
    if refund["state"] != "DONE":
        return {}
    return {
        "trade_no": order["trade_no"],
        "out_trade_no": order["order_no"],
        "out_request_no": refund["refund_no"],
        "total_amount": yuan(order["paid_fen"]),
        "refund_amount": yuan(refund["amount_fen"]),
        "refund_status": "REFUND_SUCCESS",
        "gmt_refund_pay": plain_moment(refund["done_at"]),
    }
