"""The door to the channels: whom it speaks to, how long it waits, what silence means."""

import io
import logging
import socket
import threading
from contextlib import contextmanager, suppress
from datetime import UTC, datetime

import pytest

from gateway.channels import transport
from gateway.channels.errors import ChannelSilent, ChannelUnreachable, HostNotAllowed
from gateway.channels.port import HttpRequest
from gateway.channels.transport import AllowedHost, Patience, download, send

NOW = datetime(2026, 11, 22, 4, 0, tzinfo=UTC)
CANARY = "canary-signature-7f3a"
QUICK = Patience(connect_seconds=0.5, read_seconds=0.3, whole_seconds=0.8)


@contextmanager
def _peer(*replies):
    """A peer that answers each connection with the next reply, or with None closes it."""
    listener = socket.create_server(("127.0.0.1", 0))
    heard = []
    done = threading.Event()

    def serve():
        for reply in replies:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            with connection:
                connection.settimeout(2)
                heard.append(_request(connection))
                if callable(reply):
                    reply(connection, done)
                elif reply is not None:
                    connection.sendall(reply)

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    try:
        yield listener.getsockname()[1], heard
    finally:
        done.set()
        with suppress(OSError):
            listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        thread.join(3)


def _request(connection):
    data = b""
    while b"\r\n\r\n" not in data:
        data += connection.recv(65536)
    head, _, body = data.partition(b"\r\n\r\n")
    length = next(
        (
            int(line.split(b":")[1])
            for line in head.split(b"\r\n")
            if line.lower()[:14] == b"content-length"
        ),
        0,
    )
    while len(body) < length:
        body += connection.recv(65536)
    return head.decode(), body


def _asked(port, method="GET", body=b"", limit=1 << 20):
    return HttpRequest(
        method=method,
        url=f"http://127.0.0.1:{port}/v3/x?secret={CANARY}",
        headers={"Authorization": CANARY},
        body=body,
        answer_limit_bytes=limit,
    )


def _hosts(port, *, loopback=True, host="127.0.0.1"):
    return [AllowedHost(host=host, port=port, loopback=loopback)]


OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nWechatpay-Nonce: n\r\n\r\nok"


def test_a_whole_answer_comes_back_as_it_came():
    with _peer(OK) as (port, heard):
        answer = send(_asked(port, "POST", b"{}"), hosts=_hosts(port), now=NOW, patience=QUICK)
    assert (answer.status, answer.body, answer.asked_at) == (200, b"ok", NOW)
    assert answer.headers["wechatpay-nonce"] == "n"
    head, body = heard[0]
    assert head.startswith(f"POST /v3/x?secret={CANARY} HTTP/1.1")
    assert f"Host: 127.0.0.1:{port}" in head
    assert "Accept-Encoding: identity" in head
    assert body == b"{}"


def test_an_unhappy_status_is_an_answer_too():
    with _peer(b"HTTP/1.1 500 No\r\nContent-Length: 0\r\n\r\n") as (port, _):
        assert send(_asked(port), hosts=_hosts(port), now=NOW).status == 500


def _hang(connection, done):
    done.wait(3)


def _redirect_to_itself(connection, done):
    place = f"http://127.0.0.1:{connection.getsockname()[1]}/elsewhere"
    head = f"HTTP/1.1 307 Moved\r\nLocation: {place}\r\nContent-Length: 0\r\n\r\n"
    connection.sendall(head.encode())


def _drip(connection, done):
    connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n")
    try:
        while not done.wait(0.1):
            connection.sendall(b"x")
    except OSError:
        return


@pytest.mark.parametrize(
    "reply",
    [
        None,
        _hang,
        _drip,
        b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nok",
        _redirect_to_itself,
        b"HTTP/1.1 200 OK\r\nContent-Length: 2000\r\n\r\n" + b"x" * 2000,
        b"\x00\x01 not http at all\r\n\r\n",
    ],
)
def test_no_whole_answer_means_the_outcome_is_unknown(reply, caplog):
    caplog.set_level(logging.DEBUG)
    with _peer(reply, reply) as (port, heard), pytest.raises(ChannelSilent) as silent:
        send(_asked(port, "POST", b"{}", 1000), hosts=_hosts(port), now=NOW, patience=QUICK)
    assert len(heard) == 1, "a POST is never sent twice"
    assert CANARY not in str(silent.value) + repr(silent.value.__cause__)
    assert caplog.records
    assert CANARY not in caplog.text


def test_a_question_is_asked_once_more_and_only_once():
    with _peer(None, OK) as (port, heard):
        assert send(_asked(port), hosts=_hosts(port), now=NOW, patience=QUICK).body == b"ok"
        assert len(heard) == 2
    with _peer(None, None, OK) as (port, heard):
        with pytest.raises(ChannelSilent):
            send(_asked(port), hosts=_hosts(port), now=NOW, patience=QUICK)
        assert len(heard) == 2


def test_no_connection_is_told_from_no_answer():
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    with pytest.raises(ChannelUnreachable):
        send(_asked(port, "POST"), hosts=_hosts(port), now=NOW, patience=QUICK)


def test_a_download_goes_to_the_file_and_starts_anew_when_it_broke():
    half = b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nha"
    whole = b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nfull"
    sink = io.BytesIO()
    with _peer(half, whole) as (port, _):
        answer = download(_asked(port), sink, hosts=_hosts(port), now=NOW, patience=QUICK)
    assert (answer.status, answer.body, sink.getvalue()) == (200, b"", b"full")
    with pytest.raises(ValueError, match="GET"):
        download(_asked(1, "POST"), sink, hosts=_hosts(1), now=NOW)


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1:9/",
        "http://localhost:8080/",
        "http://127.0.0.1:8080@evil.example/",
        "http://user:pass@127.0.0.1:8080/",
        "http://127.1:8080/",
        "http://2130706433:8080/",
        "http://0x7f000001:8080/",
        "http://[::1]:8080/",
        "http://[::ffff:127.0.0.1]:8080/",
        "http://0.0.0.0:8080/",
        "http://169.254.169.254/latest/meta-data/",
        "https://127.0.0.1/",
        "http://api.mch.weixin.qq.com/",
        "https://api.mch.weixin.qq.com:8443/",
        "https://api.mch.weixin.qq.com.evil.example/",
        "https://evil.example#@api.mch.weixin.qq.com/",
        "ftp://api.mch.weixin.qq.com/",
        "file:///etc/passwd",
        "gopher://127.0.0.1:8080/",
        "//api.mch.weixin.qq.com/",
        "http://127.0.0.1:99999/",
        "",
    ],
)
def test_only_listed_hosts_are_spoken_to(url, monkeypatch):
    monkeypatch.setattr(transport, "_once", _never)
    monkeypatch.setattr(socket, "getaddrinfo", _resolving("203.0.113.7"))
    hosts = [
        AllowedHost(host="127.0.0.1", port=8080, loopback=True),
        AllowedHost(host="api.mch.weixin.qq.com"),
    ]
    request = HttpRequest(method="GET", url=url, headers={})
    with pytest.raises(HostNotAllowed):
        send(request, hosts=hosts, now=NOW)


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1",
        "10.0.0.1",
        "172.16.0.1",
        "192.168.1.1",
        "169.254.169.254",
        "100.64.0.1",
        "0.0.0.0",
        "224.0.0.1",
        "255.255.255.255",
        "::1",
        "fe80::1%eth0",
        "fd00::1",
        "::ffff:10.0.0.1",
        "2002:7f00:1::",
        "198.18.0.1",
    ],
)
def test_a_listed_name_that_leads_inside_is_not_followed(address, monkeypatch):
    monkeypatch.setattr(transport, "_once", _never)
    request = HttpRequest(method="GET", url="https://api.mch.weixin.qq.com/v3", headers={})
    for found in ([address], ["8.8.8.8", address]):
        monkeypatch.setattr(socket, "getaddrinfo", _resolving(*found))
        with pytest.raises(HostNotAllowed):
            send(request, hosts=[AllowedHost(host="api.mch.weixin.qq.com")], now=NOW)


def test_the_connection_goes_to_the_address_that_was_checked(monkeypatch):
    seen = []
    names = iter([["8.8.8.8"], ["127.0.0.1"]])
    monkeypatch.setattr(socket, "getaddrinfo", lambda *a, **k: _resolving(*next(names))())
    monkeypatch.setattr(
        transport, "_once", lambda request, target, *rest: seen.append(target) or _silent()
    )
    request = HttpRequest(method="POST", url="https://api.mch.weixin.qq.com/v3?a=b", headers={})
    with pytest.raises(ChannelSilent):
        send(request, hosts=[AllowedHost(host="api.mch.weixin.qq.com")], now=NOW)
    assert seen[0].url == "https://8.8.8.8:443/v3?a=b"
    assert (seen[0].host, seen[0].host_header) == ("api.mch.weixin.qq.com",) * 2


def test_a_loopback_row_never_leaves_the_machine(monkeypatch):
    monkeypatch.setattr(socket, "getaddrinfo", _resolving("8.8.8.8"))
    monkeypatch.setattr(transport, "_once", _never)
    with pytest.raises(HostNotAllowed):
        send(_asked(80), hosts=_hosts(80), now=NOW)


def test_plain_http_is_for_loopback_rows_only(monkeypatch):
    monkeypatch.setattr(transport, "_once", _never)
    with pytest.raises(HostNotAllowed):
        send(_asked(80), hosts=_hosts(80, loopback=False), now=NOW)


def test_a_name_that_does_not_resolve_is_unreachable(monkeypatch):
    def nowhere(*_, **__):
        raise socket.gaierror

    monkeypatch.setattr(socket, "getaddrinfo", nowhere)
    with pytest.raises(ChannelUnreachable):
        send(_asked(80), hosts=_hosts(80), now=NOW)


def _never(*_):
    raise AssertionError("something was sent")


def _silent():
    raise ChannelSilent("test")


def _resolving(*addresses):
    def resolve(*_, **__):
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (text, 443)) for text in addresses]

    return resolve
