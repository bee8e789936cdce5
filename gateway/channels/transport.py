"""The only door to the channels' hosts: allow-listed, pinned, bounded, and discreet.

No answer means ChannelSilent, never failed. Nothing of a request's headers or body, and nothing of
an address beyond its host, gets into an exception or a log line.
"""

import ipaddress
import logging
import socket
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, BinaryIO
from urllib.parse import urlsplit, urlunsplit

import requests
from requests.adapters import HTTPAdapter
from urllib3.exceptions import HTTPError, NewConnectionError

from gateway.channels.errors import ChannelSilent, ChannelUnreachable, HostNotAllowed
from gateway.channels.port import HttpRequest, HttpResponse

_log = logging.getLogger(__name__)
# Its debug lines would tell paths and queries, which carry order numbers and download tokens.
logging.getLogger("urllib3.connectionpool").setLevel(logging.INFO)
_CHUNK_BYTES = 64 * 1024
_GET_ATTEMPTS = 2
_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")  # RFC 6052: the last four bytes are IPv4
# Never of the public internet, whatever this Python's tables say of them yet: local-use NAT64
# (RFC 8215), site-local (RFC 3879), documentation (RFC 9637), segment routing (RFC 9602).
_NEVER = tuple(
    ipaddress.IPv6Network(text)
    for text in ("64:ff9b:1::/48", "fec0::/10", "3fff::/20", "5f00::/16")
)


@dataclass(frozen=True, slots=True, kw_only=True)
class AllowedHost:
    """One host we may speak to, as a configuration row says.

    `loopback` permits 127.0.0.0/8 and ::1, and plain http to them: for the sandbox only.
    Otherwise https to addresses of the public internet.
    """

    host: str
    port: int = 443
    loopback: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Patience:
    """How long we wait, in seconds: for the connection, for the next bytes, for everything."""

    connect_seconds: float = 3.0
    read_seconds: float = 8.0
    whole_seconds: float = 20.0


@dataclass(frozen=True, slots=True, kw_only=True)
class _Target:
    url: str
    host: str
    host_header: str
    scheme: str


def send(
    request: HttpRequest,
    *,
    hosts: Sequence[AllowedHost],
    now: datetime,
    patience: Patience = Patience(),
) -> HttpResponse:
    """The whole answer, whatever its status; a GET that met no answer is tried once more.

    HostNotAllowed: nothing was sent. ChannelUnreachable: no connection. ChannelSilent: no whole
    answer (timeout, reset, redirect, longer than `answer_limit_bytes`), the outcome is unknown.
    """
    received = bytearray()
    response = _send(request, hosts=hosts, patience=patience, sink=received)
    return replace(response, body=bytes(received), asked_at=now, asked=request.asked)


def download(
    request: HttpRequest,
    sink: BinaryIO,
    *,
    hosts: Sequence[AllowedHost],
    now: datetime,
    patience: Patience = Patience(whole_seconds=300.0),
) -> HttpResponse:
    """Like `send`, but the body goes to the seekable `sink`; the answer's own body stays empty."""
    if not request.only_asks:
        raise ValueError("only a GET can be downloaded")
    response = _send(request, hosts=hosts, patience=patience, sink=sink)
    return replace(response, asked_at=now, asked=request.asked)


def _send(
    request: HttpRequest,
    *,
    hosts: Sequence[AllowedHost],
    patience: Patience,
    sink: "bytearray | BinaryIO",
) -> HttpResponse:
    target = _target(request, hosts)
    attempts = _GET_ATTEMPTS if request.only_asks else 1
    for attempt in range(1, attempts + 1):
        try:
            return _once(request, target, patience, sink)
        except ChannelSilent as silence:
            _log.info(
                "channel silent: %s %s attempt %d of %d: %s",
                request.method,
                target.host,
                attempt,
                attempts,
                silence.message,
            )
            if attempt == attempts:
                raise
            _empty(sink)
    raise AssertionError("unreachable")


def _target(request: HttpRequest, hosts: Sequence[AllowedHost]) -> _Target:
    """Resolve, check every address, and pin the first; HostNotAllowed otherwise."""
    parts = urlsplit(request.url)
    try:
        host, port = (parts.hostname or "").lower(), parts.port
    except ValueError:
        raise HostNotAllowed("not an address") from None
    port = port if port is not None else {"https": 443, "http": 80}.get(parts.scheme, 0)
    row = next((row for row in hosts if (row.host.lower(), row.port) == (host, port)), None)
    if row is None or parts.username is not None or parts.password is not None:
        raise HostNotAllowed("not on the list", host=host[:100], port=port)
    if parts.scheme != "https" and not (parts.scheme == "http" and row.loopback):
        raise HostNotAllowed("not https", host=host[:100])
    address = pinned_address(row)
    shown = f"[{address}]" if ":" in address else address
    url = urlunsplit((parts.scheme, f"{shown}:{port}", parts.path or "/", parts.query, ""))
    return _Target(url=url, host=host, host_header=parts.netloc, scheme=parts.scheme)


def pinned_address(row: AllowedHost) -> str:
    """The address a host's name leads to, every one of them checked; HostNotAllowed.

    ChannelUnreachable when the name leads nowhere.
    """
    try:
        found = socket.getaddrinfo(row.host, row.port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        raise ChannelUnreachable("the name does not resolve", host=row.host) from None
    addresses = [str(entry[4][0]) for entry in found]
    for address in addresses:
        if not _may_reach(address, loopback=row.loopback):
            raise HostNotAllowed("the name leads to a network we may not reach", host=row.host)
    return addresses[0]


def _may_reach(text: str, *, loopback: bool) -> bool:
    address = ipaddress.ip_address(text.partition("%")[0])
    if isinstance(address, ipaddress.IPv6Address):
        inner = _inside(address)
        if inner is not None:
            return _may_reach(str(inner), loopback=loopback)
        if any(address in network for network in _NEVER):
            return False
    return address.is_loopback if loopback else address.is_global and not address.is_multicast


def _inside(address: ipaddress.IPv6Address) -> ipaddress.IPv4Address | None:
    """The IPv4 address that an IPv6 address leads to: mapped, 6to4, Teredo, NAT64."""
    if address.teredo is not None:
        return address.teredo[1]
    if address in _NAT64:
        return ipaddress.IPv4Address(address.packed[-4:])
    if int(address) >> 32 == 0 and int(address) > 1:
        return ipaddress.IPv4Address(address.packed[-4:])  # "compatible", long withdrawn
    return address.ipv4_mapped or address.sixtofour


def _once(
    request: HttpRequest, target: _Target, patience: Patience, sink: "bytearray | BinaryIO"
) -> HttpResponse:
    """One attempt on one fresh connection to the pinned address."""
    deadline = time.monotonic() + patience.whole_seconds
    with requests.Session() as session:
        session.trust_env = False
        session.mount("https://", _PinnedHost(target.host))
        try:
            with session.request(
                request.method,
                target.url,
                headers={
                    **request.headers,
                    "Host": target.host_header,
                    "Accept-Encoding": "identity",
                },
                data=request.body or None,
                timeout=(patience.connect_seconds, patience.read_seconds),
                allow_redirects=False,
                stream=True,
            ) as answer:
                return _whole(answer, request, target, deadline, sink)
        except (requests.RequestException, HTTPError, OSError) as trouble:
            raise _silence(trouble, target) from None


def _whole(
    answer: requests.Response,
    request: HttpRequest,
    target: _Target,
    deadline: float,
    sink: "bytearray | BinaryIO",
) -> HttpResponse:
    if 300 <= answer.status_code < 400:
        raise ChannelSilent("a redirect, not followed", host=target.host)
    size = 0
    while chunk := answer.raw.read1(_CHUNK_BYTES, decode_content=False):
        size += len(chunk)
        if size > request.answer_limit_bytes:
            raise ChannelSilent("an answer longer than allowed", host=target.host)
        if time.monotonic() > deadline:
            raise ChannelSilent("an answer that took too long", host=target.host)
        sink.extend(chunk) if isinstance(sink, bytearray) else sink.write(chunk)
    announced = answer.headers.get("Content-Length")
    if announced is not None and announced.isdigit() and int(announced) != size:
        raise ChannelSilent("an answer cut short", host=target.host)
    headers = {name.lower(): value for name, value in answer.headers.items()}
    return HttpResponse(status=answer.status_code, headers=headers)


def _silence(trouble: Exception, target: _Target) -> ChannelSilent:
    """What is known after a failure, in words that carry neither address nor headers."""
    kind = type(trouble).__name__
    if isinstance(trouble, requests.ConnectTimeout) or _never_connected(trouble):
        return ChannelUnreachable(f"no connection: {kind}", host=target.host)
    return ChannelSilent(f"no whole answer: {kind}", host=target.host)


def _never_connected(trouble: Exception) -> bool:
    if isinstance(trouble, requests.exceptions.SSLError):
        return True
    reasons = [getattr(argument, "reason", argument) for argument in trouble.args]
    return any(isinstance(reason, NewConnectionError) for reason in reasons)


def _empty(sink: "bytearray | BinaryIO") -> None:
    if isinstance(sink, bytearray):
        sink.clear()
    else:
        sink.seek(0)
        sink.truncate()


class _PinnedHost(HTTPAdapter):
    """Speaks to the pinned address while the certificate must still be the host's own."""

    def __init__(self, host: str) -> None:
        self._host = host
        super().__init__(max_retries=0)

    def init_poolmanager(self, *args: Any, **keywords: Any) -> None:
        """Hand the host's name to TLS, which would otherwise see the address."""
        super().init_poolmanager(
            *args, server_hostname=self._host, assert_hostname=self._host, **keywords
        )
