"""Sends one signed message to an endpoint, and says whether it was taken."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlsplit
from uuid import UUID

from django.conf import settings

from gateway.channels import transport
from gateway.channels.errors import ChannelSilent, HostNotAllowed
from gateway.channels.port import HttpRequest
from gateway.channels.transport import AllowedHost, Patience
from gateway.events import signing
from gateway.events.envelope import CONTENT_TYPE
from gateway.events.errors import EndpointAddressWrong
from gateway.signatures import Message

PATIENCE = Patience(connect_seconds=3.0, read_seconds=5.0, whole_seconds=8.0)
ANSWER_LIMIT_BYTES = 64 * 1024
_PORTS = {"https": 443, "http": 80}


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What came of one sending: HTTP's status, or the code of why there is none; `body` briefly."""

    status: int | None = None
    code: str = ""
    body: bytes = b""

    @property
    def taken(self) -> bool:
        """Only 2xx is a success; a redirect is not followed and no success."""
        return self.status is not None and 200 <= self.status < 300

    @property
    def silent(self) -> bool:
        """No answer came: waiting for another would cost as much again."""
        return self.status is None


def send(url: str, body: bytes, *, delivery_id: UUID, now: datetime) -> Outcome:
    """One signed POST. The same `delivery_id` and body however often; `now` is when it leaves."""
    headers = {"Content-Type": CONTENT_TYPE, "Event-Delivery": str(delivery_id)}
    message = Message.to_url("POST", url, headers=headers, body=body)
    headers |= signing.signed(message, now=now, nonce=secrets.token_hex(16))
    request = HttpRequest(
        method="POST", url=url, headers=headers, body=body, answer_limit_bytes=ANSWER_LIMIT_BYTES
    )
    try:
        answer = transport.send(request, hosts=[host_of(url)], now=now, patience=PATIENCE)
    except (ChannelSilent, HostNotAllowed) as trouble:
        return Outcome(code=trouble.code)
    return Outcome(status=answer.status, body=answer.body)


def host_of(url: str) -> AllowedHost:
    """The one host that this address names; EndpointAddressWrong for what is no such address.

    https to the public internet; in the sandbox loopback, where plain http will do.
    """
    parts = urlsplit(url)
    try:
        host, port = parts.hostname, parts.port
    except ValueError:
        raise EndpointAddressWrong from None
    schemes = ("https", "http") if settings.IS_SANDBOX else ("https",)
    plain = url.isascii() and url.isprintable() and " " not in url
    whole = parts.scheme in schemes and host and plain
    if not whole or parts.username is not None or parts.password is not None or "#" in url:
        raise EndpointAddressWrong
    assert host is not None
    return AllowedHost(
        host=host, port=port or _PORTS[parts.scheme], loopback=bool(settings.IS_SANDBOX)
    )
