"""微信支付's misbehaviour on demand, beside what any neighbour can do."""

from collections.abc import Mapping

from gateway.sandbox.neighbours.faults import EVERYWHERE

SWITCHES: Mapping[str, str] = {
    **EVERYWHERE,
    "reordered_notices": "the payment's notice waits until after the refund's",
    "notice_wrong_mchid": "the notice names another merchant",
    "notice_wrong_appid": "the notice names another app",
    "notice_wrong_currency": "the notice is in USD",
    "notice_expired_timestamp": "the notice was signed ten minutes ago",
    "notice_unknown_serial": "the notice is signed under a key nobody was told about",
    "notice_signtest_probe": "the notice carries a probe signature",
    "answer_wrong_mchid": "the query's answer names another merchant",
    "answer_wrong_appid": "the query's answer names another app",
    "answer_wrong_currency": "the query's answer is in USD",
    "answer_expired_timestamp": "the answer was signed ten minutes ago",
    "answer_unknown_serial": "the answer is signed under a key nobody was told about",
    "answer_signtest_probe": "the answer carries a probe signature",
    "error_after_accepting": "500 SYSTEM_ERROR although it was done",
    "error_before_accepting": "500 SYSTEM_ERROR and nothing done",
    "frequency_limited": "429 FREQUENCY_LIMITED and nothing done",
    "not_enough": "403 NOT_ENOUGH for a refund",
    "refund_abnormal": "the refund ends ABNORMAL",
    "refund_closed": "the refund ends CLOSED",
    "refund_stays": "the refund stays PROCESSING",
    "bill_wrong_hash": "the link's hash is of another file",
    "bill_damaged": "the bill's file is cut in half",
    "bill_row_missing": "the bill lacks its first row",
    "bill_row_extra": "the bill has a row of an order nobody made",
    "bill_row_amount": "the bill's first row says one fen more",
    "bill_summary_wrong": "the bill's sums are not its rows'",
    "bill_column_drift": "the bill has a column more, one renamed",
    "bill_creating": "400 STATEMENT_CREATING",
}
