"""支付宝's misbehaviour on demand, beside what any neighbour can do."""

from collections.abc import Mapping

from gateway.sandbox.neighbours.faults import EVERYWHERE

SWITCHES: Mapping[str, str] = {
    **EVERYWHERE,
    "reordered_notices": "the payment's notice waits until after the refund's",
    "notice_wrong_seller": "the notice names another seller",
    "notice_wrong_app": "the notice names another app",
    "notice_unknown_key": "the notice is signed under a key nobody was told about",
    "notice_sha1": "the notice is signed as sign_type RSA, with SHA1",
    "notice_gbk": "the notice is in GBK",
    "answer_unknown_key": "the answer is signed under a key nobody was told about",
    "answer_wrong_order": "the query's answer names another order",
    "answer_second_node": "a forged node of the same name stands before the signed one",
    "error_after_accepting": "20000 although it was done",
    "error_before_accepting": "20000 and nothing done",
    "refused_unsigned": "40004 TRADE_NOT_EXIST without a signature",
    "not_enough": "40004 SELLER_BALANCE_NOT_ENOUGH for a refund",
    "refund_no_change": "the refund is done, and its answer says fund_change N",
    "refund_stays": "fund_change N, nothing moved, and no query knows of it",
    "bill_damaged": "the bill's file is cut in half",
    "bill_row_missing": "the bill lacks its first row",
    "bill_row_extra": "the bill has a row of an order nobody made",
    "bill_row_amount": "the bill's first row says one fen more",
    "bill_sums_wrong": "the sums behind the rows are not theirs",
    "bill_summary_wrong": "the summary counts one more",
    "bill_column_drift": "the bill has a column more, one renamed",
}
