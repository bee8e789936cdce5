"""HTTP 消息签名银行: JSON, RFC 9421 with RFC 9530 built here anew, a daily file of CSV."""

import base64
import csv
import hashlib
import io
import re
import secrets
from datetime import date, datetime
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519

from gateway.sandbox.neighbours.keyring import SigningKey
from gateway.sandbox.neighbours.moments import shown_moment
from gateway.sandbox.neighbours.server import Call
from gateway.sandbox.partner_banks.rfc9421_wire import (
    ALGORITHMS,
    component,
    digest_of,
    dump,
    flat,
    nested,
    read_json,
    sign,
    verifies,
)
from gateway.sandbox.partner_banks.speech import (
    FRESH_SECONDS,
    KnownMerchant,
    Manner,
    Said,
    Speech,
    Words,
    refused,
)

_NUMBER = r"(?P<number>[^/]+)"
_ROUTES = (
    ("create", "POST", re.compile(r"/v1/payments")),
    ("query", "GET", re.compile(rf"/v1/payments/{_NUMBER}")),
    ("close", "POST", re.compile(rf"/v1/payments/{_NUMBER}/close")),
    ("refund", "POST", re.compile(r"/v1/refunds")),
    ("query_refund", "GET", re.compile(rf"/v1/refunds/{_NUMBER}")),
    ("keys", "GET", re.compile(r"/v1/keys")),
    ("bill", "GET", re.compile(rf"/v1/bills/{_NUMBER}")),
    ("download", "GET", re.compile(rf"/v1/files/{_NUMBER}")),
    ("pay_out", "POST", re.compile(r"/v1/transfers")),
    ("query_pay_out", "GET", re.compile(rf"/v1/transfers/{_NUMBER}")),
    ("statement", "GET", re.compile(rf"/v1/statements/[^/]+/{_NUMBER}")),
)
_NUMBERED = {
    "query_refund": "refund_no", "bill": "bill_day", "query_pay_out": "payout_no",
    "statement": "bill_day",
}  # fmt: skip
_INPUT = re.compile(r'([a-z0-9]+)=(\(((?:"[^"]+" ?)*)\)(.*))')
_PARAMETER = re.compile(r';([a-z]+)=("([^"]*)"|[0-9]+)')
_COLUMNS = (
    "seq", "kind", "at", "bank_serial", "order_id", "refund_id", "bank_refund_serial", "amount",
    "fee", "currency", "state", "description",
)  # fmt: skip


class Rfc9421Speech(Speech):
    """Refusals are HTTP statuses with a problem's `code`."""

    channel = "bank_rfc9421"
    styles = ("p256", "ed25519")
    schedule = (5, 30, 120, 600, 3600, 10800, 21600, 43200)
    pages = {"qr": "qr", "redirect": "page"}
    currency = "CNY"
    names = {
        "merchant_no": "merchant.id", "app_no": "merchant.app", "order_no": "order_id",
        "transaction_no": "bank_serial", "product": "product", "amount_fen": "amount.value",
        "currency": "amount.currency", "description": "description", "attach": "attach",
        "notify_url": "notify_url", "state": "state", "paid_at": "paid_at",
        "payer_no": "payer.account", "qr": "qr_content", "page": "redirect_url",
        "refund_no": "refund_id", "channel_refund_no": "bank_refund_serial",
        "refund_fen": "amount.refund", "total_fen": "amount.total", "refund_state": "state",
        "done_at": "refunded_at", "notice_no": "event_id", "event": "event", "bill_day": "day",
        "bill_url": "url", "bill_hash": "sha256", "reason": "reason", "keys": "keys",
        "expires_at": "expires_at",
    }  # fmt: skip
    states = {
        "WAITING": "pending", "PENDING": "processing", "PAID": "paid", "REFUNDED": "refunded",
        "FAILED": "failed", "CLOSED": "closed", "REVERSED": "failed",
    }  # fmt: skip
    refund_states = {
        "PROCESSING": "processing", "DONE": "done", "CLOSED": "closed", "ABNORMAL": "abnormal",
    }  # fmt: skip
    events = {"payment": "payment", "refund": "refund"}
    codes = {
        "ok": (200, ""), "malformed": (400, "malformed"),
        "bad_signature": (401, "signature_refused"), "merchant_unknown": (403, "merchant_unknown"),
        "order_unknown": (404, "order_unknown"), "order_paid": (409, "order_paid"),
        "order_closed": (409, "order_closed"), "order_differs": (422, "order_differs"),
        "refund_unknown": (404, "refund_unknown"), "refund_exceeds": (409, "refund_exceeds"),
        "not_enough": (409, "insufficient_balance"), "refund_differs": (422, "refund_differs"),
        "bill_creating": (503, "bill_not_ready"), "bill_empty": (404, "bill_empty"),
        "too_often": (429, "rate_limited"), "busy": (503, "busy"), "link_dead": (404, "link_dead"),
    }  # fmt: skip

    def make_key(self, style: str) -> SigningKey:
        """Of P-256 or Ed25519."""
        private: Any = (
            ed25519.Ed25519PrivateKey.generate()
            if style == "ed25519"
            else ec.generate_private_key(ec.SECP256R1())
        )
        return SigningKey(
            key_id=f"{style}-{secrets.token_hex(4)}",
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
        """By method and path."""
        return self._routed(call)[0]

    def hear(self, call: Call) -> Words:
        """From body, path and query."""
        kind, number = self._routed(call)
        given = flat(read_json(call.body)) if call.body else {}
        heard = {name: given[path] for name, path in self.names.items() if path in given}
        heard.pop("refund_state", None)
        if "merchant_no" not in heard:
            asked = dict(parse_qsl(urlsplit(call.target).query))
            heard["merchant_no"] = asked.get("merchant", "")
        if number:
            heard[_NUMBERED.get(kind, "order_no")] = number
        if kind == "statement":
            heard["account_no"] = urlsplit(call.target).path.split("/")[3]
        try:
            if "expires_at" in heard:
                heard["expires_at"] = datetime.fromisoformat(heard["expires_at"]).timestamp()
        except (TypeError, ValueError):
            raise refused("malformed", "expires_at") from None
        return heard

    def check(self, call: Call, merchant: KnownMerchant, real_now: float) -> None:
        """The base of RFC 9421 over what came, and the digest of RFC 9530."""
        given = call.headers.get("signature-input", "")
        found = _INPUT.fullmatch(given)
        if found is None:
            raise refused("bad_signature", "Signature-Input")
        label, params, covered = found.group(1), found.group(2), found.group(3)
        names = re.findall(r'"([^"]+)"', covered)
        parameters = {name: text or raw for name, raw, text in _PARAMETER.findall(found.group(4))}
        wanted = {"@method", "@authority", "@path", "@query"}
        wanted |= {"content-digest"} if call.body else set()
        wanted |= {"idempotency-key"} if call.method == "POST" else set()
        if not wanted <= set(names) or len(set(names)) != len(names):
            raise refused("bad_signature", f"covered: {names}")
        if parameters.get("keyid") != merchant.key_id or "nonce" not in parameters:
            raise refused("bad_signature", "keyid or nonce")
        if abs(int(parameters.get("created", "0")) - real_now) > FRESH_SECONDS:
            raise refused("bad_signature", "created")
        if call.body and call.headers.get("content-digest") != digest_of(call.body):
            raise refused("bad_signature", "Content-Digest")
        lines = [f'"{name}": {component(call, name)}' for name in names]
        base = "\n".join([*lines, f'"@signature-params": {params}']).encode()
        text = call.headers.get("signature", "").removeprefix(f"{label}=:").removesuffix(":")
        if not verifies(merchant.public_pem, base, base64.b64decode(text)):
            raise refused("bad_signature", "signature")

    def say(self, words: Words, manner: Manner, *, code: str = "", url: str = "") -> Said:
        """JSON; a notice is signed for the address it goes to."""
        status, word = self.codes[code] if code else (200, "")
        given = self.translated(words)
        if word:
            given = {"type": "about:blank", "status": status, "code": word}
        given |= manner.asserts
        body = dump(nested(given))
        headers = {"Content-Type": "application/json", "Content-Digest": digest_of(body)}
        if url:
            parts = urlsplit(url)
            headers["Idempotency-Key"] = f'"{words["notice_no"]}"'
            lines = [
                '"@method": POST', f'"@authority": {parts.netloc}', f'"@path": {parts.path}',
                f'"idempotency-key": {headers["Idempotency-Key"]}',
            ]  # fmt: skip
        else:
            lines = [f'"@status": {status}']
        lines.append(f'"content-digest": {headers["Content-Digest"]}')
        if manner.unsigned:
            return Said(status=status, headers=headers, body=body)
        names = " ".join(line.partition(": ")[0] for line in lines)
        algorithm = manner.other_algorithm or ALGORITHMS[manner.key.style]
        params = (
            f'({names});created={int(manner.at)};nonce="{manner.nonce}";alg="{algorithm}"'
            f';keyid="{manner.key.key_id}"'
        )
        base = "\n".join([*lines, f'"@signature-params": {params}']).encode()
        made = sign(manner.key, base + (b"~" if manner.other_bytes else b""))
        headers["Signature-Input"] = f"bank={params}"
        headers["Signature"] = f"bank=:{base64.b64encode(made).decode()}:"
        return Said(status=status, headers=headers, body=body)

    def accepts(self, status: int, body: bytes) -> bool:
        """Any 2xx."""
        return 200 <= status < 300

    def bill(self, merchant_no: str, day: date, rows: list[Words], sums: Words) -> bytes:
        """Head, rows, sums."""
        out = io.StringIO()
        writer = csv.writer(out, lineterminator="\r\n")
        writer.writerow(["#bill", merchant_no, day.isoformat(), *_COLUMNS])
        for number, row in enumerate(rows, start=1):
            writer.writerow(
                [
                    number, row["kind"], self.moment(row["at"]), row["transaction_no"],
                    row["order_no"], row["refund_no"], row["channel_refund_no"],
                    row["amount_fen"], row["fee_fen"], self.currency,
                    "done" if row["kind"] == "refund" else "paid", row["description"],
                ]
            )  # fmt: skip
        told = [sums[name] for name in ("count", "payment", "refund", "reversal", "fee")]
        writer.writerow(["#total", *told])
        return out.getvalue().encode()

    def drifted(self, content: bytes) -> bytes:
        """fee is called charge."""
        return content.replace(b",fee,", b",charge,", 1)

    def hash_of(self, content: bytes) -> str:
        """SHA-256."""
        return hashlib.sha256(content).hexdigest()

    def money(self, amount_fen: int) -> Any:
        """Minor units."""
        return amount_fen

    def moment(self, seconds: float) -> str:
        """RFC 3339."""
        return shown_moment(seconds)

    def _routed(self, call: Call) -> tuple[str, str]:
        path = urlsplit(call.target).path
        for kind, method, form in _ROUTES:
            found = form.fullmatch(path)
            if found and method == call.method:
                return kind, unquote(found.groupdict().get("number", ""))
        return "unknown", ""
