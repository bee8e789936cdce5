"""国密报文银行: flat JSON, SM2 over sorted pairs, a daily file of JSON lines."""

import base64
import json
import secrets
from datetime import date, datetime
from typing import Any

from gateway.sandbox.neighbours.keyring import SigningKey
from gateway.sandbox.neighbours.moments import SHANGHAI, local
from gateway.sandbox.neighbours.server import Call
from gateway.sandbox.partner_banks import sm2_math
from gateway.sandbox.partner_banks.speech import (
    FRESH_SECONDS,
    KnownMerchant,
    Manner,
    Said,
    Speech,
    Words,
    refused,
)

_ACTS = {
    "/epay/order/create": "create",
    "/epay/order/query": "query",
    "/epay/order/close": "close",
    "/epay/refund/create": "refund",
    "/epay/refund/query": "query_refund",
    "/epay/bill/link": "bill",
    "/epay/bill/file": "download",
    "/epay/transfer/create": "pay_out",
    "/epay/transfer/query": "query_pay_out",
    "/epay/statement/link": "statement",
}


class GuomiSpeech(Speech):
    """Every value is a text; a refusal is HTTP 200 with another respCode."""

    channel = "bank_guomi"
    styles = ("sm2",)
    schedule = (60, 120, 300, 600, 1800, 3600, 7200, 21600, 43200)
    pages = {"QR": "qr", "H5": "page"}
    currency = "156"
    names = {
        "merchant_no": "merId", "app_no": "termId", "order_no": "orderNo",
        "transaction_no": "bankSerialNo", "product": "payType", "amount_fen": "txnAmt",
        "currency": "curCode", "description": "orderDesc", "notify_url": "notifyUrl",
        "attach": "attach", "state": "txnStatus", "paid_at": "payTime", "payer_no": "payerAcct",
        "qr": "qrCode", "page": "payUrl", "refund_no": "refundNo",
        "channel_refund_no": "bankRefundNo", "refund_fen": "refundAmt", "total_fen": "orderAmt",
        "refund_state": "refundStatus", "done_at": "refundTime", "notice_no": "noticeId",
        "event": "noticeType", "bill_day": "billDate", "bill_url": "fileUrl",
        "bill_hash": "fileHash", "reason": "refundReason", "expires_at": "expireTime",
    }  # fmt: skip
    states = {
        "WAITING": "00", "PAID": "01", "FAILED": "02", "CLOSED": "03", "PENDING": "04",
        "REFUNDED": "05", "REVERSED": "02",
    }  # fmt: skip
    refund_states = {"PROCESSING": "10", "DONE": "11", "CLOSED": "12", "ABNORMAL": "13"}
    events = {"payment": "PAY", "refund": "REFUND"}
    codes = {
        "ok": (200, "0000"), "malformed": (200, "1001"), "bad_signature": (200, "1002"),
        "merchant_unknown": (200, "1003"), "order_unknown": (200, "2001"),
        "order_paid": (200, "2002"), "order_closed": (200, "2003"),
        "order_differs": (200, "2004"), "refund_unknown": (200, "3001"),
        "refund_exceeds": (200, "3002"), "not_enough": (200, "3003"),
        "refund_differs": (200, "3004"), "bill_creating": (200, "4001"),
        "bill_empty": (200, "4002"), "too_often": (200, "9001"), "busy": (500, "9998"),
        "link_dead": (404, "4003"),
    }  # fmt: skip

    def make_key(self, style: str) -> SigningKey:
        """An SM2 pair; the private number in hex."""
        private, public_pem = sm2_math.make_pair()
        return SigningKey(
            key_id=f"SM2-{secrets.token_hex(6)}",
            style=style,
            private_pem=f"{private:064x}".encode(),
            public_pem=public_pem,
        )

    def act_of(self, call: Call) -> str:
        """By the path."""
        return _ACTS.get(call.target.partition("?")[0], "unknown")

    def hear(self, call: Call) -> Words:
        """All of them texts; fen read back."""
        given = self._given(call)
        heard: Words = {name: given[path] for name, path in self.names.items() if path in given}
        try:
            for name in ("amount_fen", "refund_fen", "total_fen", "payout_fen"):
                if name in heard:
                    heard[name] = int(heard[name])
            if "expires_at" in heard:
                heard["expires_at"] = _seconds(heard["expires_at"])
        except ValueError:
            raise refused("malformed", "金额或时间格式错误") from None
        return heard

    def check(self, call: Call, merchant: KnownMerchant, real_now: float) -> None:
        """Their pairs, sorted here anew."""
        given = self._given(call)
        if given.get("signType") != "SM2" or given.get("keyId") != merchant.key_id:
            raise refused("bad_signature", "signType 或 keyId 错误")
        try:
            fresh = abs(_seconds(given.get("timestamp", "")) - real_now) <= FRESH_SECONDS
            signature = base64.b64decode(given.get("sign", ""), validate=True)
        except ValueError:
            raise refused("malformed", "timestamp 或 sign 格式错误") from None
        if not fresh or len(given.get("nonce", "")) < 8:
            raise refused("bad_signature", "时间戳超出范围或随机串缺失")
        if not sm2_math.verify(merchant.public_pem, pairs(given), signature):
            raise refused("bad_signature", "验签失败")

    def say(self, words: Words, manner: Manner, *, code: str = "", url: str = "") -> Said:
        """Compact JSON; the signature last."""
        status, word = self.codes[code] if code else (200, "")
        given: Words = {"respCode": word, "respMsg": code} if code else {}
        given |= self.translated(words)
        if not manner.unsigned:
            given |= {
                "keyId": manner.key.key_id,
                "timestamp": self.moment(manner.at),
                "nonce": manner.nonce,
                "signType": manner.other_algorithm or "SM2",
            }
        given |= manner.asserts
        if not manner.unsigned:
            signed = pairs(given) + (b"~" if manner.other_bytes else b"")
            made = sm2_math.sign(int(manner.key.private_pem, 16), signed)
            given["sign"] = base64.b64encode(made).decode()
        return Said(
            status=status,
            headers={"Content-Type": "application/json; charset=utf-8"},
            body=_dump(given),
        )

    def accepts(self, status: int, body: bytes) -> bool:
        """HTTP 200 and respCode 0000."""
        try:
            return status == 200 and json.loads(body).get("respCode") == "0000"
        except (ValueError, AttributeError):
            return False

    def bill(self, merchant_no: str, day: date, rows: list[Words], sums: Words) -> bytes:
        """H, D lines, T."""
        lines: list[Words] = [{"rec": "H", "merId": merchant_no, "billDate": f"{day:%Y%m%d}"}]
        kinds = {"payment": "PAY", "refund": "REF", "reversal": "REV"}
        for number, row in enumerate(rows, start=1):
            back = row["kind"] == "refund"
            lines.append(
                {
                    "rec": "D",
                    "seq": str(number),
                    "txnType": kinds[row["kind"]],
                    "txnTime": self.moment(row["at"]),
                    "bankSerialNo": row["transaction_no"],
                    "orderNo": row["order_no"],
                    "refundNo": row["refund_no"],
                    "bankRefundNo": row["channel_refund_no"],
                    "txnAmt": self.money(row["amount_fen"]),
                    "feeAmt": str(row["fee_fen"]),
                    "curCode": self.currency,
                    "txnStatus": "11" if back else "01",
                    "orderDesc": row["description"],
                }
            )
        lines.append(
            {
                "rec": "T",
                "count": str(sums["count"]),
                "payAmt": str(sums["payment"]),
                "refAmt": str(sums["refund"]),
                "revAmt": str(sums["reversal"]),
                "feeAmt": str(sums["fee"]),
            }
        )
        return b"".join(_dump(line) + b"\n" for line in lines)

    def drifted(self, content: bytes) -> bytes:
        """feeAmt is called serviceFee in rows."""
        return content.replace(b'"feeAmt"', b'"serviceFee"')

    def hash_of(self, content: bytes) -> str:
        """SM3."""
        return sm2_math.sm3(content).hex()

    def money(self, amount_fen: int) -> Any:
        """Whole fen as text."""
        return str(amount_fen)

    def moment(self, seconds: float) -> str:
        """Fourteen digits of Shanghai."""
        return local(int(seconds)).strftime("%Y%m%d%H%M%S")

    def _given(self, call: Call) -> dict[str, str]:
        try:
            given = json.loads(call.body)
        except ValueError:
            raise refused("malformed", "报文不是JSON") from None
        if type(given) is not dict or not all(type(value) is str for value in given.values()):
            raise refused("malformed", "报文须为一层JSON,值均为字符串")
        return given


def pairs(given: Words) -> bytes:
    """name=value of everything but sign and the empty, in the order of names, joined by &."""
    kept = sorted((name, value) for name, value in given.items() if name != "sign" and value != "")
    return "&".join(f"{name}={value}" for name, value in kept).encode()


def _seconds(text: str) -> float:
    return datetime.strptime(text, "%Y%m%d%H%M%S").replace(tzinfo=SHANGHAI).timestamp()


def _dump(words: Words) -> bytes:
    return json.dumps(words, ensure_ascii=False, separators=(",", ":")).encode()
