"""The house's own contract with an invoicing office: JSON over HTTPS, signed both ways (RFC 9421).

docs/invoices.md is its text. Whoever has another provider puts a bridge before it, or an adapter
beside this one.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any
from urllib.parse import quote

from gateway.channels import strict_json
from gateway.channels.port import HttpRequest, HttpResponse
from gateway.channels.strict_json import NotStrict
from gateway.channels.yuan import fen_of_yuan, yuan_of_fen
from gateway.invoice import titles
from gateway.invoice.errors import OfficeAnswerForged, OfficeSilent
from gateway.invoice.port import (
    FORMS,
    ITEM_CODE,
    ITEM_NAME,
    RED_REASON,
    TAX_RATE,
    DocumentFact,
    DocumentState,
    FileMark,
    RedWish,
    Seller,
    Wish,
)
from gateway.invoice.titles import Title
from gateway.signatures import Algorithm, Message, Policy, SigningKey, VerifyingKey, sign, verify
from gateway.signatures import Wish as Signing
from gateway.signatures.errors import SignatureRefused

NAME = "contract"
OURS, THEIRS = "invoice-request", "invoice-answer"
FILE_LIMIT_BYTES = 4 * 1024 * 1024
_ANSWER_LIMIT_BYTES = 64 * 1024
_STATES = {state.name: state for state in DocumentState}
_KNOWN = range(200, 500)
_DIGEST = re.compile(r"[0-9a-f]{64}")


class Contract:
    """The adapter of the house's own contract."""

    name = NAME

    def issue(self, seller: Seller, wish: Wish, *, now: datetime, nonce: str) -> HttpRequest:
        """Asks for a blue invoice."""
        said = {
            "request_no": wish.request_no,
            "color": "blue",
            "amount": yuan_of_fen(wish.amount_fen),
            "order_no": wish.order_no,
        }
        said |= _of_sale(seller, wish.title)
        return _post(seller, "invoices", said, now=now, nonce=nonce)

    def query(self, seller: Seller, number: str, *, now: datetime, nonce: str) -> HttpRequest:
        """Asks what became of this number, blue or red."""
        return _get(seller, f"invoices/{quote(number)}", _ANSWER_LIMIT_BYTES, now=now, nonce=nonce)

    def withdraw(self, seller: Seller, number: str, *, now: datetime, nonce: str) -> HttpRequest:
        """Asks never to make it."""
        said = {"request_no": number, "seller_no": seller.taxpayer_no}
        return _post(seller, f"invoices/{quote(number)}/withdraw", said, now=now, nonce=nonce)

    def reverse(self, seller: Seller, wish: RedWish, *, now: datetime, nonce: str) -> HttpRequest:
        """Asks for a red invoice over the whole of a blue one."""
        said = {
            "request_no": wish.request_no,
            "color": "red",
            "reverses": wish.invoice_no,
            "reason": RED_REASON,
            "amount": f"-{yuan_of_fen(wish.amount_fen)}",
        }
        said |= _of_sale(seller, wish.title)
        return _post(seller, "invoices", said, now=now, nonce=nonce)

    def file(
        self, seller: Seller, invoice_no: str, form: str, *, now: datetime, nonce: str
    ) -> HttpRequest:
        """Asks for one file."""
        path = f"files/{quote(invoice_no)}.{form}"
        return _get(seller, path, FILE_LIMIT_BYTES, now=now, nonce=nonce)

    def read(
        self, seller: Seller, number: str, response: HttpResponse, *, now: datetime
    ) -> DocumentFact:
        """Believes nothing before its signature is verified, and nothing of another number."""
        if response.status not in _KNOWN:
            raise OfficeSilent("no answer of its own", http_status=response.status)
        _prove(seller, response, now)
        try:
            return _fact(number, strict_json.read_object(response.body))
        except (NotStrict, ValueError) as wrong:
            raise OfficeSilent(f"an answer that makes no sense: {wrong}") from None


def _of_sale(seller: Seller, title: Title) -> dict[str, Any]:
    return {
        "seller_no": seller.taxpayer_no,
        "buyer": {"kind": title.kind, "name": title.name, "taxpayer_no": title.taxpayer_no},
        "item": {"code": ITEM_CODE, "name": ITEM_NAME, "tax_rate": TAX_RATE, "tax": "0.00"},
    }


def _post(
    seller: Seller, path: str, said: Mapping[str, Any], *, now: datetime, nonce: str
) -> HttpRequest:
    body = json.dumps(said, ensure_ascii=False, separators=(",", ":")).encode()
    return _signed(seller, "POST", path, body, _ANSWER_LIMIT_BYTES, now=now, nonce=nonce)


def _get(seller: Seller, path: str, limit: int, *, now: datetime, nonce: str) -> HttpRequest:
    asked = f"{path}?seller={quote(seller.taxpayer_no)}"
    return _signed(seller, "GET", asked, b"", limit, now=now, nonce=nonce)


def _signed(
    seller: Seller, method: str, path: str, body: bytes, limit: int, *, now: datetime, nonce: str
) -> HttpRequest:
    url = f"{seller.base_url.rstrip('/')}/v1/{path}"
    headers = {"Content-Type": "application/json"} if body else {}
    message = Message.to_url(method, url, headers=headers, body=body)
    key = SigningKey(
        key_id=seller.key_id, algorithm=Algorithm.ED25519, material=seller.signing_key_pem
    )
    proof = sign(message, key, Signing(created=now, nonce=nonce, tag=OURS))
    return HttpRequest(
        method=method, url=url, headers=headers | dict(proof), body=body, answer_limit_bytes=limit
    )


def _prove(seller: Seller, response: HttpResponse, now: datetime) -> None:
    def key_of(key_id: str) -> VerifyingKey | None:
        pem = seller.office_keys.get(key_id)
        if pem is None:
            return None
        return VerifyingKey(key_id=key_id, algorithm=Algorithm.ED25519, material=pem)

    message = Message(
        status=response.status, headers=tuple(response.headers.items()), body=response.body
    )
    try:
        verify(message, key_of=key_of, policy=Policy(required=("@status",), tag=THEIRS), now=now)
    except SignatureRefused as refused:
        raise OfficeAnswerForged(refused.code, http_status=response.status) from None


def _fact(number: str, said: Mapping[str, Any]) -> DocumentFact:
    told = strict_json.text(said, "request_no")
    if told != number:
        raise ValueError("another number")
    raw = strict_json.text(said, "state")
    state = _STATES.get(raw, DocumentState.PENDING)
    reason = strict_json.optional_text(said, "reason") or ""
    if state is not DocumentState.ISSUED:
        return DocumentFact(request_no=told, state=state, raw_state=raw, reason=reason)
    return DocumentFact(
        request_no=told,
        state=state,
        raw_state=raw,
        reason=reason,
        invoice_no=strict_json.text(said, "invoice_no", most=32),
        issued_at=strict_json.moment(said, "issued_at"),
        amount_fen=_signed_fen(strict_json.text(said, "amount", most=20)),
        item_code=strict_json.text(said, "item_code", most=32),
        tax_rate=strict_json.text(said, "tax_rate", most=16),
        tax_fen=fen_of_yuan(strict_json.text(said, "tax", most=20)),
        seller_no=strict_json.text(said, "seller_no", most=20),
        title=_title(said),
        files=_files(said),
    )


def _signed_fen(text: str) -> int:
    return -fen_of_yuan(text[1:]) if text.startswith("-") else fen_of_yuan(text)


def _title(said: Mapping[str, Any]) -> Title:
    buyer = strict_json.part(said, "buyer")
    number = strict_json.optional_text(buyer, "taxpayer_no") or ""
    kind = titles.ENTERPRISE if number else titles.PERSONAL
    return Title(kind=kind, name=strict_json.text(buyer, "name"), taxpayer_no=number)


def _files(said: Mapping[str, Any]) -> dict[str, FileMark]:
    found = strict_json.part(said, "files")
    return {form: _mark(strict_json.part(found, form)) for form in FORMS if form in found}


def _mark(said: Mapping[str, Any]) -> FileMark:
    digest, size = strict_json.text(said, "sha256", most=64), said.get("size")
    if not _DIGEST.fullmatch(digest) or type(size) is not int or size <= 0:
        raise ValueError("a file without its hash or size")
    return FileMark(sha256=digest, size=size)
