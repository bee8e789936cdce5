"""A bank that speaks XML in GBK through one door, signed with RSA and SHA-256 (网银 XML 银行)."""

from datetime import timedelta

from gateway.channels.banks.bill_forms import Column, FixedWidth
from gateway.channels.banks.forms import DIGITS_14, SPACED, YuanText
from gateway.channels.banks.profile import Act, BankProfile, Door, Receipt
from gateway.channels.banks.seal_in_element import SealInElement
from gateway.channels.banks.xml_codec import GbkXml
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

_CODEC = GbkXml(root="Message")
_ORDER = ("merchant_no", "app_no", "order_no")


def _door(code: str, *says: str) -> Door:
    """The bank's one address; the transaction code says what is wanted."""
    constants = {"Head.Version": "2.0", "Head.TxCode": code}
    return Door(method="POST", path="/b2c/gateway", constants=constants, says=says)


GBK_BANK = BankProfile(
    name="bank_gbk",
    zh="网银 XML 银行",
    en="a bank of XML in GBK signed with RSA",
    codec=_CODEC,
    seal=SealInElement(
        codec=_CODEC,
        algorithm=Algorithm.RSA_V1_5,
        moments=SPACED,
        algorithm_word="RSA-SHA256",
    ),
    money=YuanText(),
    moments=SPACED,
    doors={
        Act.CREATE: _door(
            "PAY001",
            *_ORDER,
            "product",
            "amount",
            "currency",
            "description",
            "expires_at",
            "notify_url",
            "payer_ip",
        ),
        Act.QUERY: _door("PAY002", *_ORDER),
        Act.CLOSE: _door("PAY003", *_ORDER),
        Act.REFUND: _door(
            "REF001",
            *_ORDER,
            "refund_no",
            "refund_amount",
            "total",
            "currency",
            "reason",
            "refund_notify_url",
        ),
        Act.QUERY_REFUND: _door("REF002", "merchant_no", "app_no", "refund_no"),
        Act.BILL: _door("BIL001", "merchant_no", "bill_day"),
    },
    fields={
        "result": "Head.RetCode",
        "merchant_no": "Head.MerId",
        "app_no": "Head.ChnlId",
        "order_no": "Body.OrdNo",
        "transaction_no": "Body.HostSeq",
        "product": "Body.PayMode",
        "amount": "Body.TxAmt",
        "currency": "Body.CcyNbr",
        "description": "Body.Remark",
        "expires_at": "Body.ValidTo",
        "notify_url": "Body.NotifyUrl",
        "refund_notify_url": "Body.NotifyUrl",
        "payer_ip": "Body.CliIp",
        "payer_no": "Body.PayAcc",
        "state": "Body.OrdSts",
        "paid_at": "Body.PayTime",
        "code_url": "Body.QrText",
        "h5_url": "Body.JumpUrl",
        "refund_no": "Body.RefNo",
        "channel_refund_no": "Body.RefSeq",
        "refund_amount": "Body.RefAmt",
        "total": "Body.OrdAmt",
        "reason": "Body.RefMemo",
        "refund_state": "Body.RefSts",
        "done_at": "Body.RefTime",
        "notice_id": "Head.NoticeId",
        "event": "Head.NoticeType",
        "bill_day": "Body.AcDate",
        "bill_url": "Body.FileUrl",
        "bill_hash": "Body.FileHash",
    },
    products={Product.H5: "JUMP"},
    currency="CNY",
    payment_states={
        "W": PaymentState.PENDING,  # 等待支付
        "P": PaymentState.PENDING,  # 银行处理中
        "S": PaymentState.PAID,
        "R": PaymentState.PAID,  # 已有退货
        "F": PaymentState.FAILED,
        "C": PaymentState.CLOSED,
    },
    given_back=frozenset({"R"}),
    refund_states={
        "P": RefundState.PROCESSING,
        "S": RefundState.DONE,
        "C": RefundState.CLOSED,
        "E": RefundState.ABNORMAL,  # 收款户异常,需人工处理
    },
    payment_event="PAYNTC",
    refund_event="REFNTC",
    success="S0000",
    refusals={
        "E1001": ChannelRefused,  # 报文格式错
        "E1002": ChannelRefused,  # 验签失败
        "E1003": ChannelRefused,  # 商户无权限
        "E2001": ChannelOrderUnknown,
        "E2002": ChannelRefused,  # 订单已支付
        "E2003": ChannelRefused,  # 订单已关闭
        "E2004": ChannelRefused,  # 重复订单号,要素不一致
        "E3001": ChannelRefundUnknown,
        "E3002": ChannelRefused,  # 退货金额超限
        "E3003": ChannelShortOfFunds,
        "E3004": ChannelRefused,  # 重复退货号,要素不一致
        "E4002": BillNotThere,
    },
    ask_again={
        "W4001": BillNotReady,
        "W9001": ChannelAskAgain,  # 访问过于频繁
        "W9999": ChannelAskAgain,  # 主机忙
    },
    closed_already=frozenset({"E2003"}),
    accepted=Receipt(
        status=200,
        content_type=_CODEC.content_type,
        body=_CODEC.write({"Head.RetCode": "S0000", "Head.RetMsg": "交易成功"}),
    ),
    come_again=Receipt(
        status=500,
        content_type=_CODEC.content_type,
        body=_CODEC.write({"Head.RetCode": "W9999", "Head.RetMsg": "暂未受理"}),
    ),
    bill=FixedWidth(
        money=YuanText(),
        moments=DIGITS_14,
        kinds={"01": BillKind.PAYMENT, "02": BillKind.REFUND, "09": BillKind.REVOKED},
        columns=(
            Column(name="seq", width=8),
            Column(name="kind", width=2),
            Column(name="at", width=14),
            Column(name="serial_day", width=8),
            Column(name="transaction_no", width=12),
            Column(name="order_no", width=32),
            Column(name="refund_no", width=32),
            Column(name="channel_refund_no", width=24),
            Column(name="amount", width=15, right=True),
            Column(name="fee", width=12, right=True),
            Column(name="currency", width=3),
            Column(name="state", width=1),
            Column(name="description", width=60),
        ),
        head_columns=(Column(name="merchant_no", width=15), Column(name="day", width=8)),
        tail_columns=(
            Column(name="count", width=8, right=True),
            Column(name="paid", width=18, right=True),
            Column(name="refunded", width=18, right=True),
            Column(name="reversed", width=18, right=True),
            Column(name="fee", width=18, right=True),
        ),
    ),
    hash_type="SHA-256",
    retries=(*([timedelta(seconds=30)] * 3), *([timedelta(minutes=10)] * 6)),
    serial_day="Body.HostDate",
    longest_text=30,
)
