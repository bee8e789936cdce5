"""The three banks' words for money out and for statements, and nothing in them but data."""

from collections.abc import Mapping

from gateway.channels.banks.payouts.values import PayoutState
from gateway.channels.banks.payouts.words import PayAct, PayoutWords
from gateway.channels.banks.profile import Door

GROUNDS = (
    "No bank's direct-link (银企直联) contract is public. Chosen after the habits of the bank's "
    "own payment interface; confirm every word when a contract is signed."
)
_PAYS = (
    "merchant_no",
    "app_no",
    "payout_no",
    "payer_account",
    "payee_account",
    "payee_name",
    "payee_bank_no",
    "payee_bank_name",
    "payout_amount",
    "currency",
    "purpose",
)
_ASKS = ("merchant_no", "app_no", "payout_no")
_V1 = {"version": "1.0"}


def _gbk(code: str, *says: str) -> Door:
    constants = {"Head.Version": "2.0", "Head.TxCode": code}
    return Door(method="POST", path="/b2c/gateway", constants=constants, says=says)


GUOMI_PAYOUTS = PayoutWords(
    bank="bank_guomi",
    confidence="D",
    grounds=GROUNDS,
    doors={
        PayAct.PAY_OUT: Door(
            method="POST", path="/epay/transfer/create", constants=_V1, says=_PAYS
        ),
        PayAct.QUERY: Door(method="POST", path="/epay/transfer/query", constants=_V1, says=_ASKS),
        PayAct.STATEMENT: Door(
            method="POST",
            path="/epay/statement/link",
            constants=_V1,
            says=("merchant_no", "account_no", "bill_day"),
        ),
    },
    fields={
        "payout_no": "transferNo",
        "payer_account": "payAcct",
        "payee_account": "payeeAcct",
        "payee_name": "payeeName",
        "payee_bank_no": "payeeBankNo",
        "payee_bank_name": "payeeBankName",
        "payout_amount": "txnAmt",
        "purpose": "usage",
        "payout_serial": "bankTransferNo",
        "payout_state": "transferStatus",
        "payout_reason": "failReason",
        "payout_done_at": "transferTime",
        "account_no": "acctNo",
    },
    states={
        "20": PayoutState.ACCEPTED,  # 已受理
        "21": PayoutState.ACCEPTED,  # 处理中
        "22": PayoutState.PAID,  # 已出账
        "23": PayoutState.REJECTED,  # 失败,未出账
        "24": PayoutState.PAID,  # 已退汇:出账后退回
    },
    given_back=frozenset({"24"}),
    refused=frozenset(
        {
            "1001",  # 报文格式错误
            "1002",  # 验签失败
            "1003",  # 无权限
            "5002",  # 余额不足
            "5003",  # 收款信息有误
            "5004",  # 付款账户不存在或不属于该客户
        }
    ),
    never_taken=frozenset({"5001"}),
)

GBK_PAYOUTS = PayoutWords(
    bank="bank_gbk",
    confidence="D",
    grounds=GROUNDS,
    doors={
        PayAct.PAY_OUT: _gbk("TRF001", *_PAYS),
        PayAct.QUERY: _gbk("TRF002", *_ASKS),
    },
    fields={
        "payout_no": "Body.TrfNo",
        "payer_account": "Body.OutAcc",
        "payee_account": "Body.InAcc",
        "payee_name": "Body.InNme",
        "payee_bank_no": "Body.InBnkNo",
        "payee_bank_name": "Body.InBnkNme",
        "payout_amount": "Body.TrfAmt",
        "purpose": "Body.TrfUse",
        "payout_serial": "Body.TrfSeq",
        "payout_state": "Body.TrfSts",
        "payout_reason": "Body.TrfErr",
        "payout_done_at": "Body.TrfTime",
    },
    states={
        "A": PayoutState.ACCEPTED,
        "P": PayoutState.ACCEPTED,  # 银行处理中
        "S": PayoutState.PAID,
        "F": PayoutState.REJECTED,
        "T": PayoutState.PAID,  # 退汇
    },
    given_back=frozenset({"T"}),
    refused=frozenset({"E1001", "E1002", "E1003", "E5002", "E5003", "E5004"}),
    never_taken=frozenset({"E5001"}),
    longest_purpose=30,
    longest_name=30,
)

RFC9421_PAYOUTS = PayoutWords(
    bank="bank_rfc9421",
    confidence="D",
    grounds=GROUNDS,
    doors={
        PayAct.PAY_OUT: Door(method="POST", path="/v1/transfers", says=_PAYS, repeats="payout_no"),
        PayAct.QUERY: Door(method="GET", path="/v1/transfers/{payout_no}?merchant={merchant_no}"),
        PayAct.STATEMENT: Door(
            method="GET", path="/v1/statements/{account_no}/{bill_day}?merchant={merchant_no}"
        ),
    },
    fields={
        "payout_no": "transfer_id",
        "payer_account": "payer.account",
        "payee_account": "payee.account",
        "payee_name": "payee.name",
        "payee_bank_no": "payee.bank_no",
        "payee_bank_name": "payee.bank_name",
        "payout_amount": "amount.value",
        "purpose": "purpose",
        "payout_serial": "bank_transfer_serial",
        "payout_state": "state",
        "payout_reason": "reason",
        "payout_done_at": "booked_at",
        "account_no": "account",
    },
    states={
        "accepted": PayoutState.ACCEPTED,
        "processing": PayoutState.ACCEPTED,
        "paid": PayoutState.PAID,
        "rejected": PayoutState.REJECTED,
        "returned": PayoutState.PAID,
    },
    given_back=frozenset({"returned"}),
    refused=frozenset(
        {
            "malformed",
            "signature_refused",
            "merchant_unknown",
            "account_unknown",
            "insufficient_funds",
            "payee_refused",
        }
    ),
    never_taken=frozenset({"transfer_unknown"}),
    longest_purpose=120,
    longest_name=120,
)

PAYOUTS: Mapping[str, PayoutWords] = {
    words.bank: words for words in (GUOMI_PAYOUTS, GBK_PAYOUTS, RFC9421_PAYOUTS)
}
