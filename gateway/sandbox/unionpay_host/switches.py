"""银联's misbehaviour on demand, beside what any neighbour can do."""

from collections.abc import Mapping

from gateway.sandbox.neighbours.faults import EVERYWHERE

FORGED = (
    "self_signed",
    "expired",
    "not_yet_valid",
    "other_holder",
    "other_chain",
    "other_chain_same_names",
    "cannot_sign",
    "server_purpose",
    "weak_key",
    "an_issuer",
    "by_a_signer",
)
SWITCHES: Mapping[str, str] = {
    **EVERYWHERE,
    **{f"notice_forged_{name}": f"the notice's certificate: {name}" for name in FORGED},
    **{f"answer_forged_{name}": f"the answer's certificate: {name}" for name in FORGED},
    "late_success_after_close": "a payment lands on an order just told to be unpaid and over",
    "reordered_notices": "the payment's notice waits until after the refund's",
    "notice_wrong_merchant": "the notice names another merchant",
    "notice_wrong_currency": "the notice is in dollars (840)",
    "answer_wrong_merchant": "the query's answer names another merchant",
    "answer_wrong_currency": "the query's answer is in dollars (840)",
    "answer_undecided": "the query says {code: 03, 04 or 05} whatever really happened",
    "answer_charged_late": "the query says 42: charged, but after its time",
    "refused": "{code: 01} and nothing done",
    "refusal_unsigned": "{code: 11} without a signature, and nothing done",
    "busy": "06 and nothing done",
    "undecided": "done, and answered with {code: 03, 04 or 05}",
    "no_gateway": "502 of a proxy, and nothing done",
    "refund_fails": "the refund ends 01",
    "refund_stays": "the refund stays 05",
    "bill_damaged": "the statement's zip is cut in half",
    "bill_row_missing": "the statement lacks its first line",
    "bill_row_extra": "the statement has a line of an order nobody made",
    "bill_row_amount": "the statement's first line says one fen more",
    "bill_column_drift": "the statement's lines have a column more",
    "bill_exceptions": "the statement comes with an exceptional entry (ZME)",
    "bill_creating": "98: there is no file yet",
}
