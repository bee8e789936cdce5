"""The channels as journeys know them: which there are, how each can lie, what it then is called."""

from __future__ import annotations

import pytest

from gateway.sandbox.neighbourhood import NEIGHBOURS

CHANNELS = tuple(one.channel for one in NEIGHBOURS)
every_channel = pytest.mark.parametrize("channel", CHANNELS)
every_wallet = pytest.mark.parametrize("channel", ["wechatpay", "alipay", "unionpay"])
every_scene = pytest.mark.parametrize(
    ("channel", "scene"), [(one.channel, scene) for one in NEIGHBOURS for scene in one.scenes]
)

FORGED_NOTICES: dict[str, dict[str, str]] = {
    "wechatpay": {
        "notice_bad_signature": "notice_signature_wrong",
        "notice_unsigned": "notice_unsigned",
        "notice_expired_timestamp": "notice_stale",
        "notice_unknown_serial": "channel_key_unknown",
        "notice_signtest_probe": "notice_probe",
        "notice_truncated": "notice_signature_wrong",
        "notice_wrong_mchid": "notice_foreign",
        "notice_wrong_appid": "notice_foreign",
        "notice_wrong_currency": "notice_foreign",
    },
    "alipay": {
        "notice_bad_signature": "notice_signature_wrong",
        "notice_unsigned": "notice_unsigned",
        "notice_unknown_key": "notice_signature_wrong",
        "notice_sha1": "notice_unsigned",
        "notice_gbk": "notice_unsigned",
        "notice_truncated": "notice_unsigned",
        "notice_wrong_seller": "notice_foreign",
        "notice_wrong_app": "notice_foreign",
    },
    "unionpay": {
        "notice_bad_signature": "notice_signature_wrong",
        "notice_unsigned": "notice_unsigned",
        "notice_forged_self_signed": "notice_signature_wrong",
        "notice_forged_other_chain": "notice_signature_wrong",
        "notice_forged_expired": "notice_signature_wrong",
        "notice_wrong_merchant": "notice_foreign",
        "notice_wrong_currency": "notice_foreign",
    },
    "bank_guomi": {
        "notice_bad_signature": "notice_signature_wrong",
        "notice_unsigned": "notice_unsigned",
        "notice_expired_timestamp": "notice_stale",
        "notice_unknown_key": "channel_key_unknown",
        "notice_other_algorithm": "notice_unsigned",
        "notice_truncated": "notice_unreadable",
        "notice_wrong_merchant": "notice_foreign",
        "notice_wrong_currency": "notice_foreign",
    },
    "bank_gbk": {
        "notice_bad_signature": "notice_signature_wrong",
        "notice_unsigned": "notice_unsigned",
        "notice_expired_timestamp": "notice_stale",
        "notice_unknown_key": "channel_key_unknown",
        "notice_other_algorithm": "notice_unsigned",
        "notice_truncated": "notice_unsigned",
        "notice_wrong_merchant": "notice_foreign",
        "notice_wrong_app": "notice_foreign",
    },
    "bank_rfc9421": {
        "notice_bad_signature": "notice_signature_wrong",
        "notice_unsigned": "notice_unsigned",
        "notice_expired_timestamp": "notice_stale",
        "notice_unknown_key": "channel_key_unknown",
        "notice_other_algorithm": "notice_unsigned",
        "notice_truncated": "notice_signature_wrong",
        "notice_wrong_app": "notice_foreign",
        "notice_wrong_currency": "notice_foreign",
    },
}
"""Channel to its switches that make a notice no word of the channel's to us, with the verdict."""

FALSE_ANSWERS: dict[str, tuple[str, ...]] = {
    "wechatpay": (
        "answer_bad_signature",
        "answer_unsigned",
        "answer_expired_timestamp",
        "answer_wrong_mchid",
        "answer_wrong_appid",
        "answer_truncated",
        "answer_unknown_state",
        "answer_signtest_probe",
    ),
    "alipay": (
        "answer_bad_signature",
        "answer_unsigned",
        "answer_unknown_key",
        "answer_wrong_order",
        "answer_second_node",
        "answer_truncated",
        "answer_unknown_state",
        "refused_unsigned",
        "error_before_accepting",
        "error_after_accepting",
    ),
    "unionpay": (
        "answer_bad_signature",
        "answer_unsigned",
        "answer_forged_self_signed",
        "answer_forged_by_a_signer",
        "answer_wrong_merchant",
        "answer_wrong_currency",
        "answer_truncated",
        "answer_unknown_state",
        "answer_undecided",
        "answer_charged_late",
        "refusal_unsigned",
        "no_gateway",
        "busy",
    ),
    "bank_guomi": (
        "answer_bad_signature",
        "answer_unsigned",
        "answer_expired_timestamp",
        "answer_other_algorithm",
        "answer_wrong_merchant",
        "answer_truncated",
        "answer_unknown_state",
        "error_after_accepting",
    ),
    "bank_gbk": (
        "answer_bad_signature",
        "answer_unsigned",
        "answer_unknown_key",
        "answer_other_algorithm",
        "answer_wrong_app",
        "answer_truncated",
        "answer_unknown_state",
        "frequency_limited",
    ),
    "bank_rfc9421": (
        "answer_bad_signature",
        "answer_unsigned",
        "answer_expired_timestamp",
        "answer_unknown_key",
        "answer_wrong_currency",
        "answer_truncated",
        "answer_unknown_state",
        "error_before_accepting",
    ),
}
"""Channel to its switches that make the answer to a query prove nothing."""

SILENCES: dict[str, tuple[str, ...]] = {
    "wechatpay": ("no_answer", "no_answer_before", "error_after_accepting", "answer_truncated"),
    "alipay": ("no_answer", "no_answer_before", "error_after_accepting", "answer_truncated"),
    "unionpay": ("no_answer", "no_answer_before", "undecided", "no_gateway", "answer_truncated"),
    "bank_guomi": ("no_answer", "no_answer_before", "error_after_accepting", "answer_truncated"),
    "bank_gbk": ("no_answer", "no_answer_before", "error_after_accepting", "answer_truncated"),
    "bank_rfc9421": ("no_answer", "no_answer_before", "error_after_accepting", "answer_truncated"),
}
"""Channel to its switches that leave us without a word on an order, done or not."""

TELL_OF_RETURNS = ("wechatpay", "alipay", "bank_guomi", "bank_gbk", "bank_rfc9421")
"""Channels whose answer about a payment tells that all of it went back."""

REFUNDS_AT_ONCE = {"alipay": "refund_no_change"}
"""Channels that answer a refund with its end, each with the switch that leaves it open for once."""

forged_notice = pytest.mark.parametrize(
    ("channel", "fault", "verdict"),
    [
        (channel, fault, verdict)
        for channel, faults in FORGED_NOTICES.items()
        for fault, verdict in faults.items()
    ],
)
false_answer = pytest.mark.parametrize(
    ("channel", "fault"),
    [(channel, fault) for channel, faults in FALSE_ANSWERS.items() for fault in faults],
)
silence = pytest.mark.parametrize(
    ("channel", "fault"),
    [(channel, fault) for channel, faults in SILENCES.items() for fault in faults],
)
