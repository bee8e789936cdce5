"""Alibaba Cloud's short messages (Dysmsapi 2017-05-25, SendSms) as bytes in and facts out.

Signed with ACS3-HMAC-SHA256; the signing is checked against the provider's published example.
"""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from urllib.parse import quote

from gateway.channels.port import HttpRequest, HttpResponse
from gateway.messages.errors import MessageDoubtful, MessageRefused, TemplateMissing
from gateway.messages.port import ShortMessage

HOST = "dysmsapi.aliyuncs.com"
_VERSION, _ACTION = "2017-05-25", "SendSms"
_ALGORITHM = "ACS3-HMAC-SHA256"
_ANSWER_LIMIT = 16 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Credentials:
    """Who we are there: the access key, our signature (签名) and the code of each template."""

    key_id: str
    key_secret: bytes = field(repr=False)
    sign_name: str
    templates: Mapping[str, str]


def request_of(
    message: ShortMessage, who: Credentials, *, now: datetime, nonce: str
) -> HttpRequest:
    """The signed request that sends one message. TemplateMissing."""
    if message.template not in who.templates:
        raise TemplateMissing(template=message.template)
    query = {
        "PhoneNumbers": message.phone,
        "SignName": who.sign_name,
        "TemplateCode": who.templates[message.template],
        "TemplateParam": json.dumps(dict(message.filled), ensure_ascii=False),
    }
    headers = signed(
        who, host=HOST, action=_ACTION, version=_VERSION, query=query, now=now, nonce=nonce
    )
    return HttpRequest(
        method="POST",
        url=f"https://{HOST}/?{canonical_query(query)}",
        headers=headers,
        answer_limit_bytes=_ANSWER_LIMIT,
    )


def read(response: HttpResponse) -> None:
    """Nothing when it was taken; MessageRefused with the provider's word, else MessageDoubtful."""
    try:
        told = json.loads(response.body)
    except ValueError:
        raise MessageDoubtful(status=response.status) from None
    word = str(told.get("Code", "")) if isinstance(told, dict) else ""
    if response.status == 200 and word == "OK":
        return
    if not word or response.status >= 500:
        raise MessageDoubtful(status=response.status)
    raise MessageRefused(status=response.status, word=word[:64])


def signed(
    who: Credentials,
    *,
    host: str,
    action: str,
    version: str,
    query: Mapping[str, str],
    now: datetime,
    nonce: str,
) -> dict[str, str]:
    """The headers of a request without a body to `/`, its signature among them."""
    empty = hashlib.sha256(b"").hexdigest()
    headers = {
        "host": host,
        "x-acs-action": action,
        "x-acs-content-sha256": empty,
        "x-acs-date": now.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "x-acs-signature-nonce": nonce,
        "x-acs-version": version,
    }
    names = ";".join(headers)
    lines = "".join(f"{name}:{value}\n" for name, value in headers.items())
    canonical = "\n".join(("POST", "/", canonical_query(query), lines, names, empty))
    to_sign = f"{_ALGORITHM}\n{hashlib.sha256(canonical.encode()).hexdigest()}"
    seal = hmac.new(who.key_secret, to_sign.encode(), hashlib.sha256).hexdigest()
    told = f"{_ALGORITHM} Credential={who.key_id},SignedHeaders={names},Signature={seal}"
    return headers | {"Authorization": told}


def canonical_query(query: Mapping[str, str]) -> str:
    """Names in order, both sides percent-encoded by RFC 3986."""
    pairs = ((quote(name, safe="~"), quote(query[name], safe="~")) for name in sorted(query))
    return "&".join(f"{name}={value}" for name, value in pairs)
