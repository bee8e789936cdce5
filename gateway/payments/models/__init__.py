"""Everything that payments keeps as rows."""

from gateway.payments.models.bill import Bill, BillFile, BillLine, ChannelCost
from gateway.payments.models.decision import Decision, Disagreement
from gateway.payments.models.keeping import (
    ForgeryTally,
    KeySighting,
    KeyUse,
    KeyWarning,
    NoticePurge,
    NoticeSeal,
)
from gateway.payments.models.payment import Evidence, MerchantAccount, Notice, Payment, Refund

__all__ = [
    "Bill",
    "BillFile",
    "BillLine",
    "ChannelCost",
    "Decision",
    "Disagreement",
    "Evidence",
    "ForgeryTally",
    "KeySighting",
    "KeyUse",
    "KeyWarning",
    "MerchantAccount",
    "Notice",
    "NoticePurge",
    "NoticeSeal",
    "Payment",
    "Refund",
]
