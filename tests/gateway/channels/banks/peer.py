"""The three partner banks for the contract suite, spoken by the sandbox's code and not by ours."""

import base64
import hashlib
import json
import re
from dataclasses import replace
from datetime import UTC, datetime
from functools import cache

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa

from gateway.channels.port import (
    BillLink,
    HttpResponse,
    Merchant,
    PaymentFact,
    PaymentState,
    RefundFact,
    RefundState,
)
from gateway.sandbox.partner_banks.gbk_speech import GbkSpeech
from gateway.sandbox.partner_banks.guomi_speech import GuomiSpeech
from gateway.sandbox.partner_banks.rfc9421_speech import Rfc9421Speech
from gateway.sandbox.partner_banks.speech import Manner
from gateway.signatures import sm2_keys
from tests.gateway.channels.keys import short_key_pem
from tests.gateway.channels.peer import DAY, NOW, ORDER_NO, REFUND_NO, Peer

MERCHANT_NO, APP_NO = "B00000000000001", "00000001"
SERIAL = "ours-1"
PAID_AT = datetime(2026, 11, 22, 3, 59, 30, tzinfo=UTC)
DONE_AT = datetime(2026, 11, 22, 3, 59, 40, tzinfo=UTC)
NOTICE_URL = "https://gateway.example/callbacks/bank/1"


@cache
def bank_key(speech_class, style, number=0):
    """One of the bank's keys, made once a run."""
    return speech_class().make_key(style)


@cache
def our_key(kind):
    """Our own private key with a bank, as PEM, made once a run."""
    if kind == "sm2":
        made = bank_key(GuomiSpeech, "sm2", "ours")
        point = sm2_keys.public(made.public_pem)
        return sm2_keys.write_private(bytes.fromhex(made.private_pem.decode()), point)
    makers = {
        "rsa": lambda: rsa.generate_private_key(public_exponent=65537, key_size=2048),
        "ed25519": ed25519.Ed25519PrivateKey.generate,
        "p256": lambda: ec.generate_private_key(ec.SECP256R1()),
    }
    return makers[kind]().private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )


def our_public_pem(kind):
    """The public half of our own key with a bank."""
    if kind == "sm2":
        return bank_key(GuomiSpeech, "sm2", "ours").public_pem
    key = serialization.load_pem_private_key(our_key(kind), None).public_key()
    return public_pem(key)


def public_pem(key):
    """SubjectPublicKeyInfo of a public key."""
    return key.public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )


class BankPeer(Peer):
    """What the three have in common; a bank names its speech, its keys and its words."""

    speech_class: type
    our_kind: str
    styles: tuple[str, str]
    paid_word: str
    done_word: str
    product = "NATIVE"

    def __init__(self):
        self.speech = self.speech_class()
        self.name = self.speech.channel
        self.old = bank_key(self.speech_class, self.styles[0], "old")
        self.new = bank_key(self.speech_class, self.styles[1], "new")

    def merchant(self, *keys):
        held = keys or (self.old, self.new)
        return Merchant(
            channel=self.name,
            merchant_no=MERCHANT_NO,
            app_no=APP_NO,
            base_url="https://epay.bank.example",
            notify_url=NOTICE_URL,
            refund_notify_url=NOTICE_URL,
            signing_serial=SERIAL,
            signing_key_pem=our_key(self.our_kind),
            platform_keys={key.key_id: key.public_pem for key in held},
        )

    def rotation(self):
        return self.old, self.new

    def expected_payment(self):
        return PaymentFact(
            order_no=ORDER_NO,
            state=PaymentState.PAID,
            raw_state=self.paid_word,
            merchant_no=MERCHANT_NO,
            app_no=APP_NO,
            transaction_no=self.transaction_no,
            amount_fen=5000,
            currency="CNY",
            paid_at=PAID_AT,
            payer_no="6222********0001",
        )

    def expected_refund(self):
        return RefundFact(
            refund_no=REFUND_NO,
            order_no=ORDER_NO,
            channel_refund_no="R20261122000000000001",
            state=RefundState.DONE,
            raw_state=self.done_word,
            amount_fen=2000,
            total_fen=5000,
            merchant_no=MERCHANT_NO,
            transaction_no=self.transaction_no,
            currency="CNY",
            done_at=DONE_AT,
        )

    transaction_no = "20261122000000000007"

    def payment_words(self):
        return {
            "merchant_no": MERCHANT_NO,
            "app_no": APP_NO,
            "order_no": ORDER_NO,
            "transaction_no": "20261122000000000007",
            "serial_day": "20261122",
            "serial": "000000000007",
            "state": "PAID",
            "amount_fen": 5000,
            "currency": "CNY",
            "paid_at": PAID_AT.timestamp(),
            "payer_no": "6222********0001",
        }

    def refund_words(self):
        return {
            "merchant_no": MERCHANT_NO,
            "app_no": APP_NO,
            "order_no": ORDER_NO,
            "transaction_no": "20261122000000000007",
            "serial_day": "20261122",
            "serial": "000000000007",
            "refund_no": REFUND_NO,
            "channel_refund_no": "R20261122000000000001",
            "refund_state": "DONE",
            "refund_fen": 2000,
            "total_fen": 5000,
            "currency": "CNY",
            "done_at": DONE_AT.timestamp(),
        }

    def manner(self, *, key=None, seconds=0, changed=None, **spoilt):
        """How the next message is said; the nonce follows the moment, so that repeats are equal."""
        nonce = hashlib.sha256(str((seconds, key and key.key_id)).encode()).hexdigest()[:32]
        return Manner(
            key=key or self.new,
            at=NOW.timestamp() + seconds,
            nonce=nonce,
            asserts=changed or {},
            **spoilt,
        )

    def payment_notice(self, *, key=None, seconds=0, **changed):
        words = {**self.payment_words(), "event": "payment", "notice_no": "EV-1"}
        said = self.speech.say(
            words, self.manner(key=key, seconds=seconds, changed=changed), url=NOTICE_URL
        )
        return said.headers, said.body

    def refund_notice(self, **changed):
        words = {**self.refund_words(), "event": "refund", "notice_no": "EV-2"}
        said = self.speech.say(words, self.manner(changed=changed), url=NOTICE_URL)
        return said.headers, said.body

    def answer(self, words, code="ok", **manner):
        """A genuine answer, header names as the transport gives them."""
        return self.as_response(self.speech.say(words, self.manner(**manner), code=code))

    def as_response(self, said):
        lower = {name.lower(): value for name, value in said.headers.items()}
        return HttpResponse(status=said.status, headers=lower, body=said.body)

    def payment_answer(self, **changed):
        return self.answer(self.payment_words(), changed=changed)

    def refund_answer(self, **changed):
        return self.answer(self.refund_words(), changed=changed)

    def unsigned(self, response):
        said = self.speech.say(self.payment_words(), self.manner(unsigned=True), code="ok")
        return self.as_response(said)

    def other_algorithms(self):
        words = {**self.payment_words(), "event": "payment", "notice_no": "EV-1"}
        found = {}
        for label in ("none", *self.other_labels):
            said = self.speech.say(words, self.manner(other_algorithm=label), url=NOTICE_URL)
            found[label] = (said.headers, said.body)
        return found

    def merchants_with_wrong_keys(self):
        found = {}
        for name, pem in self.wrong_keys().items():
            held = {self.old.key_id: pem, self.new.key_id: pem}
            found[name] = replace(self.merchant(), platform_keys=held)
        return found

    def wrong_keys(self):
        """Keys that cannot be this bank's, by what they are."""
        return {
            "a short RSA key": short_key_pem(),
            "P-384": public_pem(ec.generate_private_key(ec.SECP384R1()).public_key()),
            "secp256k1": public_pem(ec.generate_private_key(ec.SECP256K1()).public_key()),
            "nothing": b"not a key",
        }

    def bill(self, amounts_fen):
        content = self.plain_bill(amounts_fen)
        return content, self.link(content)

    def cut_bills(self, amounts_fen):
        content = self.plain_bill(amounts_fen)
        for length in range(len(content)):
            piece = content[:length]
            yield piece, self.link(piece)

    def plain_bill(self, amounts_fen, **changed):
        rows = [self.bill_row(number, amount) for number, amount in enumerate(amounts_fen, 1)]
        sums = {"count": len(rows), "payment": sum(amounts_fen), "refund": 0, "reversal": 0}
        return self.speech.bill(MERCHANT_NO, DAY, rows, {**sums, "fee": 7 * len(rows), **changed})

    def bill_row(self, number, amount_fen):
        return {
            "kind": "payment",
            "at": PAID_AT.timestamp() - 86_400,
            "amount_fen": amount_fen,
            "fee_fen": 7,
            "order_no": f"{number:032x}",
            "transaction_no": f"20261121{number:012d}",
            "serial_day": "20261121",
            "serial": f"{number:012d}",
            "refund_no": "",
            "channel_refund_no": "",
            "description": "交通卡充值 䶮",
        }

    def link(self, content):
        """A link that names this content."""
        return BillLink(
            day=DAY,
            url="https://epay.bank.example/files/x",
            hash_type=self.hash_type,
            hash_hex=self.speech.hash_of(content),
        )

    hash_type = "SHA-256"

    def secrets(self, merchant, request):
        return [merchant.signing_key_pem.decode(), request.body.decode()]

    def foreign_merchant(self):
        return replace(self.merchant(), merchant_no="B00000000000999")


class GuomiPeer(BankPeer):
    """国密报文银行."""

    speech_class = GuomiSpeech
    our_kind = "sm2"
    styles = ("sm2", "sm2")
    signs_raw_bytes = False
    paid_word, done_word = "01", "11"
    hash_type = "SM3"
    other_labels = ("RSA", "ECDSA-SHA256", "HMAC", "SM3")

    def content(self, request):
        words = json.loads(request.body)
        assert words.pop("sign")
        return replace(request, body=_dumped(words))

    def amount_words(self, amount_fen):
        return {"txnAmt": str(amount_fen)}

    def impossible_amount_words(self):
        wrong = ("50.00", "-5000", "05000", "5e3", "５０００", " 5000", "+5000", 5000)
        return [{"txnAmt": amount} for amount in wrong]

    def foreign_payment_words(self):
        return {
            "merchant": {"merId": "B00000000000999"},
            "app": {"termId": "00000999"},
            "currency": {"curCode": "840"},
        }

    def foreign_refund_notice_words(self):
        return {"merchant": {"merId": "B00000000000999"}, "currency": {"curCode": "840"}}

    def unknown_state_words(self):
        return {"txnStatus": "77"}

    def unknown_refund_state_words(self):
        return {"refundStatus": "77"}

    def wrong_keys(self):
        p256 = ec.generate_private_key(ec.SECP256R1()).public_key()
        return {
            **super().wrong_keys(),
            "P-256": public_pem(p256),
            "P-256 posing as SM2": _posing_as_sm2(p256),
            "RSA": public_pem(
                rsa.generate_private_key(public_exponent=65537, key_size=2048).public_key()
            ),
        }

    def lies(self, headers, body):
        words = json.loads(body)
        return {name: (headers, _dumped({**words, name: _other(words[name])})) for name in words}

    def answer_lies(self, response):
        words = json.loads(response.body)
        return {
            name: replace(response, body=_dumped({**words, name: _other(words[name])}))
            for name in words
        }

    def signed_nonsense(self, data):
        said = self.speech.say(
            {}, self.manner(changed={"noticeId": data.decode("latin-1")}), url=NOTICE_URL
        )
        return said.headers, said.body

    def answered_nonsense(self, data):
        return self.answer({}, changed={"orderNo": data.decode("latin-1")})


class GbkPeer(BankPeer):
    """网银 XML 银行."""

    speech_class = GbkSpeech
    our_kind = "rsa"
    styles = ("rsa", "rsa")
    paid_word, done_word = "S", "S"
    transaction_no = "20261122-000000000007"
    other_labels = ("SM2", "RSA-SHA1", "MD5")

    def amount_words(self, amount_fen):
        return {"Body.TxAmt": f"{amount_fen // 100}.{amount_fen % 100:02d}"}

    def impossible_amount_words(self):
        wrong = ("50", "50.0", "50.000", "-50.00", "050.00", "1,000.00", "5e1", "50.00 ")
        return [{"Body.TxAmt": amount} for amount in wrong]

    def foreign_payment_words(self):
        return {
            "merchant": {"Head.MerId": "B00000000000999"},
            "app": {"Head.ChnlId": "00000999"},
            "currency": {"Body.CcyNbr": "USD"},
        }

    def foreign_refund_notice_words(self):
        return {"merchant": {"Head.MerId": "B00000000000999"}, "currency": {"Body.CcyNbr": "USD"}}

    def unknown_state_words(self):
        return {"Body.OrdSts": "Z"}

    def unknown_refund_state_words(self):
        return {"Body.RefSts": "Z"}

    def wrong_keys(self):
        return {
            **super().wrong_keys(),
            "P-256": public_pem(ec.generate_private_key(ec.SECP256R1()).public_key()),
            "SM2": bank_key(GuomiSpeech, "sm2").public_pem,
        }

    def lies(self, headers, body):
        return {
            f"{name} {place}": (headers, _with_leaf(body, place))
            for place, name in enumerate(re.findall(rb"<(\w+)>[^<>]+</\1>", body))
        }

    def answer_lies(self, response):
        return {
            name: replace(response, body=body)
            for name, (_, body) in self.lies({}, response.body).items()
        }

    def signed_nonsense(self, data):
        said = self.speech.say({}, self.manner(), url=NOTICE_URL)
        return said.headers, self._resigned(said.body, data)

    def answered_nonsense(self, data):
        answer = self.answer({})
        return replace(answer, body=self._resigned(answer.body, data))

    def _resigned(self, body, data):
        """Random bytes where the body's words belong, under a genuine signature."""
        from gateway.sandbox.partner_banks.gbk_speech import _signed

        plain = re.sub(rb"<Signature>.*</Signature>", b"", body)
        plain = plain.replace(b"<Body></Body>", b"<Body>" + data.replace(b"<S", b"") + b"</Body>")
        element = b"<Signature>" + base64.b64encode(_signed(self.new, plain)) + b"</Signature>"
        return plain.replace(b"</Message>", element + b"</Message>")


class Rfc9421Peer(BankPeer):
    """HTTP 消息签名银行."""

    speech_class = Rfc9421Speech
    our_kind = "ed25519"
    styles = ("p256", "ed25519")
    paid_word, done_word = "paid", "done"
    other_labels = ("hmac-sha256", "rsa-pss-sha512", "ecdsa-p256-sha256")

    def amount_words(self, amount_fen):
        return {"amount.value": amount_fen}

    def impossible_amount_words(self):
        wrong = (50.0, "5000", -5000, True, 10**12, None)
        return [{"amount.value": amount} for amount in wrong]

    def foreign_payment_words(self):
        return {
            "merchant": {"merchant.id": "B00000000000999"},
            "app": {"merchant.app": "00000999"},
            "currency": {"amount.currency": "USD"},
        }

    def foreign_refund_notice_words(self):
        return {
            "merchant": {"merchant.id": "B00000000000999"},
            "currency": {"amount.currency": "USD"},
        }

    def unknown_state_words(self):
        return {"state": "moonstruck"}

    def unknown_refund_state_words(self):
        return {"state": "moonstruck"}

    def wrong_keys(self):
        return {
            **super().wrong_keys(),
            "SM2": bank_key(GuomiSpeech, "sm2").public_pem,
            "RSA": our_public_pem("rsa"),
        }

    def lies(self, headers, body):
        found = {}
        for name in ("Content-Digest", "Idempotency-Key", "Signature-Input", "Signature"):
            found[f"no {name}"] = ({k: v for k, v in headers.items() if k != name}, body)
        changes = {
            "Content-Digest": re.sub(r"=:(.)", r"=:~", headers["Content-Digest"]),
            "Idempotency-Key": '"EV-9"',
            "created": headers["Signature-Input"].replace("created=1", "created=2"),
            "nonce": headers["Signature-Input"].replace('nonce="', 'nonce="0'),
            "keyid": headers["Signature-Input"].replace(self.new.key_id, self.old.key_id),
            "alg": headers["Signature-Input"].replace("ed25519", "ecdsa-p256-sha256"),
            "covered": headers["Signature-Input"].replace('"@path" ', ""),
            "Signature": _flipped(headers["Signature"]),
        }
        for name, value in changes.items():
            header = name if name in headers else "Signature-Input"
            found[name] = ({**headers, header: value}, body)
        words = json.loads(body)
        for name in words:
            found[f"body {name}"] = (headers, _dumped({**words, name: "~"}))
        return found

    def answer_lies(self, response):
        words = json.loads(response.body)
        found = {name: replace(response, body=_dumped({**words, name: "~"})) for name in words}
        found["status"] = replace(response, status=201)
        for name in ("content-digest", "signature-input", "signature"):
            kept = {k: v for k, v in response.headers.items() if k != name}
            found[f"no {name}"] = replace(response, headers=kept)
        return found

    def signed_nonsense(self, data):
        changed = {"event": data.decode("latin-1")}
        said = self.speech.say({"notice_no": "EV-1"}, self.manner(changed=changed), url=NOTICE_URL)
        return said.headers, said.body

    def answered_nonsense(self, data):
        return self.answer({}, changed={"state": data.decode("latin-1")})

    def secrets(self, merchant, request):
        return [merchant.signing_key_pem.decode(), request.headers["Signature"]]


def _posing_as_sm2(key):
    """The PEM of a P-256 point under the SM2 curve's name."""
    numbers = key.public_numbers()
    point = numbers.x.to_bytes(32) + numbers.y.to_bytes(32)
    head = bytes.fromhex("3059301306072a8648ce3d020106082a811ccf5501822d034200" + "04")
    text = base64.encodebytes(head + point).decode()
    return f"-----BEGIN PUBLIC KEY-----\n{text}-----END PUBLIC KEY-----\n".encode()


def _dumped(words):
    return json.dumps(words, ensure_ascii=False, separators=(",", ":")).encode()


def _other(text):
    return text[:-1] + ("x" if text[-1] != "x" else "y")


def _with_leaf(body, place):
    """The body with the last character of the n-th leaf's text changed."""
    leaf = list(re.finditer(rb"<(\w+)>([^<>]+)</\1>", body))[place]
    last = leaf.end(2) - 1
    return body[:last] + (b"x" if body[last : last + 1] != b"x" else b"y") + body[last + 1 :]


def _flipped(field):
    label, _, text = field.partition("=:")
    raw = bytearray(base64.b64decode(text.removesuffix(":")))
    raw[10] ^= 1
    return f"{label}=:{base64.b64encode(bytes(raw)).decode()}:"
