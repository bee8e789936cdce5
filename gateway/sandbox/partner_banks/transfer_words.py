"""The three banks' words for transfers out and for statements, beside those for payments."""

from collections.abc import Mapping

NAMES: Mapping[str, Mapping[str, str]] = {
    "bank_guomi": {
        "payout_no": "transferNo", "payer_account": "payAcct", "payee_account": "payeeAcct",
        "payee_name": "payeeName", "payee_bank_no": "payeeBankNo",
        "payee_bank_name": "payeeBankName", "payout_fen": "txnAmt", "purpose": "usage",
        "payout_serial": "bankTransferNo", "payout_state": "transferStatus",
        "payout_reason": "failReason", "payout_done_at": "transferTime", "account_no": "acctNo",
    },
    "bank_gbk": {
        "payout_no": "Body.TrfNo", "payer_account": "Body.OutAcc", "payee_account": "Body.InAcc",
        "payee_name": "Body.InNme", "payee_bank_no": "Body.InBnkNo",
        "payee_bank_name": "Body.InBnkNme", "payout_fen": "Body.TrfAmt", "purpose": "Body.TrfUse",
        "payout_serial": "Body.TrfSeq", "payout_state": "Body.TrfSts",
        "payout_reason": "Body.TrfErr", "payout_done_at": "Body.TrfTime",
    },
    "bank_rfc9421": {
        "payout_no": "transfer_id", "payer_account": "payer.account",
        "payee_account": "payee.account", "payee_name": "payee.name",
        "payee_bank_no": "payee.bank_no", "payee_bank_name": "payee.bank_name",
        "payout_fen": "amount.value", "purpose": "purpose",
        "payout_serial": "bank_transfer_serial", "payout_state": "state",
        "payout_reason": "reason", "payout_done_at": "booked_at", "account_no": "account",
    },
}  # fmt: skip
STATES: Mapping[str, Mapping[str, str]] = {
    "bank_guomi": {
        "ACCEPTED": "20", "PROCESSING": "21", "PAID": "22", "REJECTED": "23", "RETURNED": "24",
    },
    "bank_gbk": {
        "ACCEPTED": "A", "PROCESSING": "P", "PAID": "S", "REJECTED": "F", "RETURNED": "T",
    },
    "bank_rfc9421": {
        "ACCEPTED": "accepted", "PROCESSING": "processing", "PAID": "paid",
        "REJECTED": "rejected", "RETURNED": "returned",
    },
}  # fmt: skip
CODES: Mapping[str, Mapping[str, tuple[int, str]]] = {
    "bank_guomi": {
        "payout_unknown": (200, "5001"), "short": (200, "5002"), "payee_refused": (200, "5003"),
        "account_unknown": (200, "5004"), "payout_differs": (200, "5005"),
    },
    "bank_gbk": {
        "payout_unknown": (200, "E5001"), "short": (200, "E5002"),
        "payee_refused": (200, "E5003"), "account_unknown": (200, "E5004"),
        "payout_differs": (200, "E5005"),
    },
    "bank_rfc9421": {
        "payout_unknown": (404, "transfer_unknown"), "short": (409, "insufficient_funds"),
        "payee_refused": (422, "payee_refused"), "account_unknown": (403, "account_unknown"),
        "payout_differs": (422, "transfer_differs"),
    },
}  # fmt: skip
