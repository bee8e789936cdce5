"""A bank that speaks flat JSON signed with SM2 and SM3 in a word of its own (国密报文银行)."""

from datetime import timedelta

from gateway.channels.banks.bill_forms import JsonLines
from gateway.channels.banks.codecs import FlatJson
from gateway.channels.banks.forms import DIGITS_14, FenText
from gateway.channels.banks.profile import Act, BankProfile, Door, Receipt
from gateway.channels.banks.seal_in_words import SealInWords
from gateway.channels.errors import (
    BillNotReady,
    BillNotThere,
    ChannelAskAgain,
    ChannelOrderUnknown,
    ChannelRefundUnknown,
    ChannelRefused,
    ChannelShortOfFunds,
)
from gateway.channels.values import BillKind, PaymentState, Product, RefundState
from gateway.signatures.keys import Algorithm

_CODEC = FlatJson()
_ORDER = ("merchant_no", "app_no", "order_no")
_VERSION = {"version": "1.0"}
_M, _H = timedelta(minutes=1), timedelta(hours=1)

GUOMI_BANK = BankProfile(
    name="bank_guomi",
    zh="国密报文银行",
    en="a bank of JSON signed with SM2",
    codec=_CODEC,
    seal=SealInWords(
        codec=_CODEC,
        algorithm=Algorithm.SM2,
        moments=DIGITS_14,
        algorithm_word="SM2",
    ),
    money=FenText(),
    moments=DIGITS_14,
    doors={
        Act.CREATE: Door(
            method="POST",
            path="/epay/order/create",
            constants=_VERSION,
            says=(
                *_ORDER,
                "product",
                "amount",
                "currency",
                "description",
                "expires_at",
                "notify_url",
                "payer_ip",
                "attach",
            ),
        ),
        Act.QUERY: Door(method="POST", path="/epay/order/query", constants=_VERSION, says=_ORDER),
        Act.CLOSE: Door(method="POST", path="/epay/order/close", constants=_VERSION, says=_ORDER),
        Act.REFUND: Door(
            method="POST",
            path="/epay/refund/create",
            constants=_VERSION,
            says=(
                *_ORDER,
                "refund_no",
                "refund_amount",
                "total",
                "currency",
                "reason",
                "refund_notify_url",
            ),
        ),
        Act.QUERY_REFUND: Door(
            method="POST",
            path="/epay/refund/query",
            constants=_VERSION,
            says=("merchant_no", "app_no", "refund_no"),
        ),
        Act.BILL: Door(
            method="POST",
            path="/epay/bill/link",
            constants=_VERSION,
            says=("merchant_no", "bill_day"),
        ),
    },
    fields={
        "result": "respCode",
        "merchant_no": "merId",
        "app_no": "termId",
        "order_no": "orderNo",
        "transaction_no": "bankSerialNo",
        "product": "payType",
        "amount": "txnAmt",
        "payer_amount": "payerAmt",
        "currency": "curCode",
        "description": "orderDesc",
        "expires_at": "expireTime",
        "notify_url": "notifyUrl",
        "refund_notify_url": "notifyUrl",
        "payer_ip": "clientIp",
        "payer_no": "payerAcct",
        "attach": "attach",
        "state": "txnStatus",
        "paid_at": "payTime",
        "code_url": "qrCode",
        "h5_url": "payUrl",
        "refund_no": "refundNo",
        "channel_refund_no": "bankRefundNo",
        "refund_amount": "refundAmt",
        "total": "orderAmt",
        "reason": "refundReason",
        "refund_state": "refundStatus",
        "done_at": "refundTime",
        "notice_id": "noticeId",
        "event": "noticeType",
        "bill_day": "billDate",
        "bill_url": "fileUrl",
        "bill_hash": "fileHash",
    },
    products={Product.NATIVE: "QR", Product.H5: "H5"},
    currency="156",
    payment_states={
        "00": PaymentState.PENDING,  # 待支付
        "01": PaymentState.PAID,  # 支付成功
        "02": PaymentState.FAILED,  # 支付失败
        "03": PaymentState.CLOSED,  # 已关闭
        "04": PaymentState.PENDING,  # 处理中
        "05": PaymentState.PAID,  # 已退款,全部或部分
    },
    given_back=frozenset({"05"}),
    refund_states={
        "10": RefundState.PROCESSING,
        "11": RefundState.DONE,
        "12": RefundState.CLOSED,
        "13": RefundState.ABNORMAL,
    },
    payment_event="PAY",
    refund_event="REFUND",
    success="0000",
    refusals={
        "1001": ChannelRefused,  # 报文格式错误
        "1002": ChannelRefused,  # 验签失败
        "1003": ChannelRefused,  # 商户不存在或无权限
        "2001": ChannelOrderUnknown,
        "2002": ChannelRefused,  # 订单已支付
        "2003": ChannelRefused,  # 订单已关闭
        "2004": ChannelRefused,  # 订单号重复,内容不同
        "3001": ChannelRefundUnknown,
        "3002": ChannelRefused,  # 累计退款超过支付金额
        "3003": ChannelShortOfFunds,
        "3004": ChannelRefused,  # 退款号重复,内容不同
        "4002": BillNotThere,
    },
    ask_again={
        "4001": BillNotReady,
        "9001": ChannelAskAgain,  # 频率超限
        "9998": ChannelAskAgain,  # 系统繁忙
    },
    closed_already=frozenset({"2003"}),
    accepted=Receipt(
        status=200,
        content_type=_CODEC.content_type,
        body='{"respCode":"0000","respMsg":"成功"}'.encode(),
    ),
    come_again=Receipt(
        status=500,
        content_type=_CODEC.content_type,
        body='{"respCode":"9998","respMsg":"暂未受理"}'.encode(),
    ),
    bill=JsonLines(
        money=FenText(),
        moments=DIGITS_14,
        kinds={"PAY": BillKind.PAYMENT, "REF": BillKind.REFUND, "REV": BillKind.REVOKED},
        columns={
            "seq": "seq",
            "kind": "txnType",
            "at": "txnTime",
            "transaction_no": "bankSerialNo",
            "order_no": "orderNo",
            "refund_no": "refundNo",
            "channel_refund_no": "bankRefundNo",
            "amount": "txnAmt",
            "fee": "feeAmt",
            "currency": "curCode",
            "state": "txnStatus",
            "description": "orderDesc",
        },
        head_names={"merchant_no": "merId", "day": "billDate"},
        tail_names={
            "count": "count",
            "paid": "payAmt",
            "refunded": "refAmt",
            "reversed": "revAmt",
            "fee": "feeAmt",
        },
    ),
    hash_type="SM3",
    retries=(_M, 2 * _M, 5 * _M, 10 * _M, 30 * _M, _H, 2 * _H, 6 * _H, 12 * _H),
)
