"""A wish and a refund for the tests of what we say to banks."""

from datetime import timedelta

from gateway.channels.port import PaymentWish, Product, RefundWish
from tests.gateway.channels.peer import NOW, ORDER_NO, REFUND_NO

NONCE = "593BEC0C930BF1AFEB40B4A08C8FB242"
STAMP = {"now": NOW, "nonce": NONCE}


def wish(**changed):
    """Fifty yuan by a jump page."""
    return PaymentWish(
        **{
            "order_no": ORDER_NO,
            "amount_fen": 5000,
            "description": "交通卡充值",
            "placed_at": NOW,
            "expires_at": NOW + timedelta(minutes=30),
            "product": Product.H5,
            **changed,
        }
    )


def refund_wish(**changed):
    """Twenty of them back."""
    return RefundWish(
        **{
            "refund_no": REFUND_NO,
            "order_no": ORDER_NO,
            "transaction_no": "",
            "asked_at": NOW,
            "amount_fen": 2000,
            "total_fen": 5000,
            **changed,
        }
    )
