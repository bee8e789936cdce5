"""What a bank may do to us on demand, beside what every neighbour may."""

from collections.abc import Mapping

from gateway.sandbox.neighbours.faults import EVERYWHERE

SWITCHES: Mapping[str, str] = {
    **EVERYWHERE,
    "reordered_notices": "the payment's notice waits until after the refund's",
    "notice_wrong_merchant": "the notice names another merchant",
    "notice_wrong_app": "the notice names another channel number",
    "notice_wrong_currency": "the notice is in another currency",
    "notice_expired_timestamp": "the notice was signed ten minutes ago",
    "notice_unknown_key": "the notice is signed under a key nobody was told about",
    "notice_other_algorithm": "the notice names the algorithm none",
    "answer_wrong_merchant": "the query's answer names another merchant",
    "answer_wrong_app": "the query's answer names another channel number",
    "answer_wrong_currency": "the query's answer is in another currency",
    "answer_expired_timestamp": "the answer was signed ten minutes ago",
    "answer_unknown_key": "the answer is signed under a key nobody was told about",
    "answer_other_algorithm": "the answer names the algorithm none",
    "error_after_accepting": "busy, although it was done",
    "error_before_accepting": "busy, and nothing done",
    "frequency_limited": "too often, and nothing done",
    "not_enough": "our balance cannot pay a refund",
    "refund_abnormal": "the refund ends abnormal: the payer's account cannot take it",
    "refund_closed": "the refund ends closed",
    "refund_stays": "the refund stays in work",
    "bill_wrong_hash": "the link's hash is of another file",
    "bill_damaged": "the bill's file is cut in half",
    "bill_row_missing": "the bill lacks its first row",
    "bill_row_extra": "the bill has a row of an order nobody made",
    "bill_row_amount": "the bill's first row says one fen more",
    "bill_sums_wrong": "the bill's sums are not its rows'",
    "bill_column_drift": "the bill's columns are not the agreed ones",
    "bill_creating": "the bill is still being made",
}
