"""网银 XML 银行: XML in GBK, RSA-SHA256 over all but the signature, a fixed-width daily file."""

import base64
import binascii
import hashlib
import re
import secrets
from datetime import date, datetime
from functools import lru_cache
from typing import Any
from xml.etree import ElementTree as ET
from xml.sax.saxutils import escape

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from gateway.sandbox.neighbours.keyring import SigningKey
from gateway.sandbox.neighbours.moments import SHANGHAI, local, plain_moment
from gateway.sandbox.neighbours.server import Call
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
    "PAY001": "create", "PAY002": "query", "PAY003": "close", "REF001": "refund",
    "REF002": "query_refund", "BIL001": "bill", "TRF001": "pay_out", "TRF002": "query_pay_out",
}  # fmt: skip
_DECLARED = b'<?xml version="1.0" encoding="GBK"?>'
_SIGNATURE = re.compile(rb"<Signature>([^<]*)</Signature>")
_TX_CODE = re.compile(rb"<TxCode>([A-Z0-9]{6})</TxCode>")


class GbkSpeech(Speech):
    """One address; Head and Body; a refusal is HTTP 200 with another RetCode."""

    channel = "bank_gbk"
    styles = ("rsa",)
    schedule = (30, 30, 30, 600, 600, 600, 600, 600, 600)
    pages = {"JUMP": "page"}
    currency = "CNY"
    names = {
        "merchant_no": "Head.MerId", "app_no": "Head.ChnlId", "order_no": "Body.OrdNo",
        "serial_day": "Body.HostDate", "serial": "Body.HostSeq", "product": "Body.PayMode",
        "amount_fen": "Body.TxAmt", "currency": "Body.CcyNbr", "description": "Body.Remark",
        "notify_url": "Body.NotifyUrl", "state": "Body.OrdSts", "paid_at": "Body.PayTime",
        "payer_no": "Body.PayAcc", "payer_name": "Body.PayNme", "page": "Body.JumpUrl",
        "refund_no": "Body.RefNo", "channel_refund_no": "Body.RefSeq",
        "refund_fen": "Body.RefAmt", "total_fen": "Body.OrdAmt", "refund_state": "Body.RefSts",
        "done_at": "Body.RefTime", "notice_no": "Head.NoticeId", "event": "Head.NoticeType",
        "bill_day": "Body.AcDate", "bill_url": "Body.FileUrl", "bill_hash": "Body.FileHash",
        "reason": "Body.RefMemo", "expires_at": "Body.ValidTo",
    }  # fmt: skip
    states = {
        "WAITING": "W", "PENDING": "P", "PAID": "S", "REFUNDED": "R", "FAILED": "F",
        "CLOSED": "C", "REVERSED": "F",
    }  # fmt: skip
    refund_states = {"PROCESSING": "P", "DONE": "S", "CLOSED": "C", "ABNORMAL": "E"}
    events = {"payment": "PAYNTC", "refund": "REFNTC"}
    codes = {
        "ok": (200, "S0000"), "malformed": (200, "E1001"), "bad_signature": (200, "E1002"),
        "merchant_unknown": (200, "E1003"), "order_unknown": (200, "E2001"),
        "order_paid": (200, "E2002"), "order_closed": (200, "E2003"),
        "order_differs": (200, "E2004"), "refund_unknown": (200, "E3001"),
        "refund_exceeds": (200, "E3002"), "not_enough": (200, "E3003"),
        "refund_differs": (200, "E3004"), "bill_creating": (200, "W4001"),
        "bill_empty": (200, "E4002"), "too_often": (200, "W9001"), "busy": (200, "W9999"),
        "link_dead": (404, "E4003"),
    }  # fmt: skip

    def make_key(self, style: str) -> SigningKey:
        """RSA of 2048 bits."""
        private = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        return SigningKey(
            key_id=f"RSA{secrets.randbelow(10**10):010d}",
            style=style,
            private_pem=private.private_bytes(
                serialization.Encoding.PEM,
                serialization.PrivateFormat.PKCS8,
                serialization.NoEncryption(),
            ),
            public_pem=private.public_key().public_bytes(
                serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
            ),
        )

    def act_of(self, call: Call) -> str:
        """By the transaction code, or the path of the file."""
        path = call.target.partition("?")[0]
        if path == "/b2c/file":
            return "download"
        found = _TX_CODE.search(call.body) if path == "/b2c/gateway" else None
        return _ACTS.get(found.group(1).decode(), "unknown") if found else "unknown"

    def hear(self, call: Call) -> Words:
        """Texts by path; fen read back from yuan."""
        given = self._given(call)
        heard: Words = {name: given[path] for name, path in self.names.items() if path in given}
        try:
            for name in ("amount_fen", "refund_fen", "total_fen", "payout_fen"):
                if name in heard:
                    yuan, _, cents = heard[name].partition(".")
                    heard[name] = int(yuan) * 100 + int(cents)
            if "expires_at" in heard:
                heard["expires_at"] = _seconds(heard["expires_at"])
        except ValueError:
            raise refused("malformed", "金额或时间格式错误") from None
        return heard

    def check(self, call: Call, merchant: KnownMerchant, real_now: float) -> None:
        """RSA over the document with its signature cut out."""
        given = self._given(call)
        if given.get("Head.SignType") != "RSA-SHA256":
            raise refused("bad_signature", "SignType 错误")
        if given.get("Head.KeyId") != merchant.key_id or len(given.get("Head.Nonce", "")) < 8:
            raise refused("bad_signature", "KeyId 或 Nonce 错误")
        signatures = _SIGNATURE.findall(call.body)
        try:
            fresh = abs(_seconds(given.get("Head.SendTime", "")) - real_now) <= FRESH_SECONDS
            signature = base64.b64decode(signatures[0], validate=True)
        except (ValueError, IndexError, binascii.Error):
            raise refused("malformed", "SendTime 或 Signature 格式错误") from None
        key: Any = serialization.load_pem_public_key(merchant.public_pem)
        try:
            key.verify(
                signature, _SIGNATURE.sub(b"", call.body), padding.PKCS1v15(), hashes.SHA256()
            )
        except InvalidSignature:
            raise refused("bad_signature", "验签失败") from None
        if not fresh:
            raise refused("bad_signature", "SendTime 超出范围")

    def say(self, words: Words, manner: Manner, *, code: str = "", url: str = "") -> Said:
        """The document, its signature as the last element."""
        status, word = self.codes[code] if code else (200, "")
        given: Words = {"Head.RetCode": word, "Head.RetMsg": code} if code else {}
        given |= self.translated(words)
        if not manner.unsigned:
            given |= {
                "Head.KeyId": manner.key.key_id,
                "Head.SendTime": plain_moment(manner.at),
                "Head.Nonce": manner.nonce,
                "Head.SignType": manner.other_algorithm or "RSA-SHA256",
            }
        given |= manner.asserts
        plain = document(given)
        body = plain
        if not manner.unsigned:
            made = _signed(manner.key, plain + (b" " if manner.other_bytes else b""))
            element = b"<Signature>" + base64.b64encode(made) + b"</Signature></Message>"
            body = plain.removesuffix(b"</Message>") + element
        return Said(status=status, headers={"Content-Type": "text/xml; charset=GBK"}, body=body)

    def accepts(self, status: int, body: bytes) -> bool:
        """HTTP 200 and RetCode S0000."""
        return status == 200 and b"<RetCode>S0000</RetCode>" in body

    def bill(self, merchant_no: str, day: date, rows: list[Words], sums: Words) -> bytes:
        """H, D and T lines of bytes in GB18030."""
        kinds = {"payment": "01", "refund": "02", "reversal": "09"}
        lines = [b"H" + _left(merchant_no, 15) + _left(f"{day:%Y%m%d}", 8)]
        for number, row in enumerate(rows, start=1):
            cells = [
                _left(f"{number:08d}", 8),
                _left(kinds[row["kind"]], 2),
                _left(local(int(row["at"])).strftime("%Y%m%d%H%M%S"), 14),
                _left(row["serial_day"], 8),
                _left(row["serial"], 12),
                _left(row["order_no"], 32),
                _left(row["refund_no"], 32),
                _left(row["channel_refund_no"], 24),
                _right(self.money(row["amount_fen"]), 15),
                _right(self.money(row["fee_fen"]), 12),
                _left(self.currency, 3),
                _left("S", 1),
                _left(row["description"], 60),
            ]
            lines.append(b"D" + b"".join(cells))
        amounts = [self.money(sums[name]) for name in ("payment", "refund", "reversal", "fee")]
        tail = [_right(str(sums["count"]), 8), *(_right(amount, 18) for amount in amounts)]
        lines.append(b"T" + b"".join(tail))
        return b"".join(line + b"\r\n" for line in lines)

    def drifted(self, content: bytes) -> bytes:
        """A column more at the end of every row."""
        lines = content.split(b"\r\n")
        return b"\r\n".join(line + b"NEW" if line.startswith(b"D") else line for line in lines)

    def hash_of(self, content: bytes) -> str:
        """SHA-256."""
        return hashlib.sha256(content).hexdigest()

    def money(self, amount_fen: int) -> Any:
        """Yuan with two decimals; a minus where it is given back."""
        sign, amount = ("-", -amount_fen) if amount_fen < 0 else ("", amount_fen)
        return f"{sign}{amount // 100}.{amount % 100:02d}"

    def moment(self, seconds: float) -> str:
        """Shanghai's wall clock."""
        return plain_moment(seconds)

    def _given(self, call: Call) -> dict[str, str]:
        if not call.body.startswith(_DECLARED) or b"<!" in call.body:
            raise refused("malformed", "报文须声明GBK且无DTD")
        try:
            root = ET.fromstring(call.body[len(_DECLARED) :].decode("gbk"))  # noqa: S314 - above
        except (UnicodeDecodeError, ET.ParseError):
            raise refused("malformed", "报文不是GBK编码的XML") from None
        return {f"{part.tag}.{leaf.tag}": leaf.text or "" for part in root for leaf in part}


def document(given: Words) -> bytes:
    """Head and Body in that order, what GBK lacks as character references."""
    parts = []
    for part in ("Head", "Body"):
        leaves = [
            f"<{path.partition('.')[2]}>{escape(str(value))}</{path.partition('.')[2]}>"
            for path, value in given.items()
            if path.startswith(f"{part}.")
        ]
        parts.append(f"<{part}>{''.join(leaves)}</{part}>")
    text = f"<Message>{''.join(parts)}</Message>"
    return _DECLARED + text.encode("gbk", "xmlcharrefreplace")


def _signed(key: SigningKey, message: bytes) -> bytes:
    return _private_key(key.private_pem).sign(message, padding.PKCS1v15(), hashes.SHA256())


@lru_cache(maxsize=16)
def _private_key(pem: bytes) -> rsa.RSAPrivateKey:
    """Read once: an RSA key is proven sound when it is read, which takes longer than to sign."""
    private = serialization.load_pem_private_key(pem, None)
    assert isinstance(private, rsa.RSAPrivateKey)
    return private


def _seconds(text: str) -> float:
    return datetime.strptime(text, "%Y-%m-%d %H:%M:%S").replace(tzinfo=SHANGHAI).timestamp()


def _left(text: str, width: int) -> bytes:
    """Bytes at the left; a character that would be cut by the edge is left out."""
    while len(text.encode("gb18030")) > width:
        text = text[:-1]
    return text.encode("gb18030").ljust(width)


def _right(text: str, width: int) -> bytes:
    return text.encode().rjust(width)
