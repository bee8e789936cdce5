"""Orders and refunds of a bank's book in neutral words, for answers and notices alike."""

import sqlite3

from gateway.sandbox.partner_banks.speech import Words


def order_words(order: sqlite3.Row) -> Words:
    """An order as a query's answer or a notice tells it, in neutral words."""
    words: Words = {
        "merchant_no": order["merchant_no"],
        "app_no": order["app_no"],
        "order_no": order["order_no"],
        "state": order["state"],
        "amount_fen": order["amount_fen"],
        "currency": "CNY",
    }
    if order["transaction_no"] is not None:
        words |= {
            "transaction_no": order["transaction_no"],
            "serial_day": order["serial_day"],
            "serial": order["serial"],
            "amount_fen": order["paid_fen"],
            "paid_at": order["paid_at"],
            "payer_no": order["payer_no"],
            "payer_name": order["payer_name"],
        }
    return words


def refund_words(refund: sqlite3.Row, order: sqlite3.Row) -> Words:
    """A refund as an answer or a notice tells it, in neutral words."""
    return {
        "merchant_no": refund["merchant_no"],
        "app_no": order["app_no"],
        "order_no": order["order_no"],
        "transaction_no": order["transaction_no"],
        "serial_day": order["serial_day"],
        "serial": order["serial"],
        "refund_no": refund["refund_no"],
        "channel_refund_no": refund["channel_refund_no"],
        "refund_fen": refund["amount_fen"],
        "total_fen": order["paid_fen"],
        "currency": "CNY",
        "refund_state": refund["state"],
        "done_at": refund["done_at"] if refund["state"] == "DONE" else None,
    }
