"""Where the house will never connect to: the corpus of forged addresses, one by one.

The list names one host. Whatever an address looks like, it is that host, over https, at its port,
at an address of the public internet that was checked and is the one connected to; or nothing.
"""

from __future__ import annotations

import ipaddress
import socket
from datetime import UTC, datetime
from typing import Any

import pytest

from gateway.channels import transport
from gateway.channels.errors import ChannelSilent, ChannelUnreachable, HostNotAllowed
from gateway.channels.port import HttpRequest
from gateway.channels.transport import AllowedHost, send

NOW = datetime(2026, 11, 22, 4, 0, tzinfo=UTC)
HOST = "api.channel.example"
LISTED = [AllowedHost(host=HOST)]
PUBLIC = "93.184.216.34"


@pytest.fixture
def connected(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """Every connection that is tried; none is let through."""
    tried: list[Any] = []

    def refuse(self: socket.socket, address: Any) -> None:
        tried.append(address)
        raise ConnectionRefusedError

    monkeypatch.setattr(socket.socket, "connect", refuse)
    return tried


def resolving(monkeypatch: pytest.MonkeyPatch, *answers: str) -> list[str]:
    """Each question is answered with the next address, the last one for ever; what was asked."""
    left, asked = list(answers), []

    def getaddrinfo(host: str, port: int, *_: Any, **__: Any) -> list[Any]:
        asked.append(host)
        address = left.pop(0) if len(left) > 1 else left[0]
        family = socket.AF_INET6 if ":" in address else socket.AF_INET
        return [(family, socket.SOCK_STREAM, 6, "", (address, port))]

    monkeypatch.setattr(transport.socket, "getaddrinfo", getaddrinfo)
    return asked


def get(url: str) -> Any:
    return send(HttpRequest(method="GET", url=url, headers={}), hosts=LISTED, now=NOW)


OTHER_HOSTS = {
    "another host": "https://evil.example/",
    "dotted loopback": "https://127.0.0.1/",
    "decimal": "https://2130706433/",
    "octal": "https://0177.0.0.1/",
    "hexadecimal": "https://0x7f.0.0.1/",
    "hexadecimal whole": "https://0x7f000001/",
    "short form": "https://127.1/",
    "zero": "https://0/",
    "IPv6 loopback": "https://[::1]/",
    "IPv6 mapped": "https://[::ffff:127.0.0.1]/",
    "metadata": "https://169.254.169.254/latest/meta-data",
    "userinfo that looks like the host": f"https://{HOST}@evil.example/",
    "userinfo with a password": f"https://{HOST}:443@evil.example/",
    "userinfo before the host itself": f"https://evil@{HOST}/",
    "the host as a prefix": f"https://{HOST}.evil.example/",
    "the host in the fragment": f"https://evil.example/#@{HOST}",
    "the host behind a backslash": f"https://evil.example\\@{HOST}/",
    "trailing dot": f"https://{HOST}./",
    "full width letters": "https://ａpi.channel.example/",
    "an international look-alike": "https://аpi.channel.example/",
    "another port": f"https://{HOST}:8443/",
    "port 22": f"https://{HOST}:22/",
    "a port that is none": f"https://{HOST}:99999/",
    "plain http": f"http://{HOST}/",
    "http at the port of https": f"http://{HOST}:443/",
    "file": f"file://{HOST}/etc/passwd",
    "gopher": f"gopher://{HOST}:443/",
    "ftp": f"ftp://{HOST}:443/",
    "no scheme": f"//{HOST}/",
    "no host": "https:///",
}


@pytest.mark.parametrize("url", OTHER_HOSTS.values(), ids=OTHER_HOSTS.keys())
def test_an_address_that_is_not_the_listed_one_is_not_spoken_to(
    url: str, connected: list[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = resolving(monkeypatch, PUBLIC)
    with pytest.raises(HostNotAllowed):
        get(url)
    assert connected == []
    assert asked == [], "not even its name was asked for"


INWARD = {
    "loopback": "127.0.0.1",
    "loopback elsewhere": "127.8.8.8",
    "this host": "0.0.0.0",
    "private 10": "10.1.2.3",
    "private 172": "172.31.255.254",
    "private 192": "192.168.0.1",
    "link-local and metadata": "169.254.169.254",
    "carrier-grade NAT": "100.64.0.1",
    "Alibaba metadata": "100.100.100.200",
    "benchmarking": "198.18.0.1",
    "documentation": "192.0.2.1",
    "multicast": "224.0.0.1",
    "broadcast": "255.255.255.255",
    "reserved": "240.0.0.1",
    "IPv6 loopback": "::1",
    "IPv6 unspecified": "::",
    "IPv6 link-local": "fe80::1",
    "IPv6 link-local with a zone": "fe80::1%eth0",
    "IPv6 unique local": "fd00::1",
    "IPv6 multicast": "ff02::1",
    "IPv6 documentation": "2001:db8::1",
    "mapped loopback": "::ffff:127.0.0.1",
    "mapped metadata": "::ffff:169.254.169.254",
    "compatible loopback": "::127.0.0.1",
    "6to4 of a private network": "2002:0a00:0001::1",
    "6to4 of loopback": "2002:7f00:0001::1",
    "NAT64 of loopback": "64:ff9b::127.0.0.1",
    "NAT64 of metadata": "64:ff9b::a9fe:a9fe",
    "NAT64 of a private network": "64:ff9b::10.0.0.1",
    "local-use NAT64": "64:ff9b:1::1",
    "IPv6 site-local": "fec0::1",
    "IPv6 documentation, the newer": "3fff::1",
    "Teredo of a private client": "2001:0:5ef5:79fd:0:0:f5ff:fffe",
}


@pytest.mark.parametrize("address", INWARD.values(), ids=INWARD.keys())
def test_the_listed_name_may_not_lead_inward(
    address: str, connected: list[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    resolving(monkeypatch, address)
    with pytest.raises(HostNotAllowed):
        get(f"https://{HOST}/")
    assert connected == []


@pytest.mark.parametrize("address", [PUBLIC, "2606:2800:220:1::1", "64:ff9b::93.184.216.34"])
def test_a_public_address_is_connected_to_as_it_was_checked(
    address: str, connected: list[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = resolving(monkeypatch, address)
    with pytest.raises(ChannelUnreachable):
        get(f"https://{HOST}/")
    assert {ipaddress.ip_address(where[0]) for where in connected} == {
        ipaddress.ip_address(address)
    }
    assert HOST in asked
    assert set(asked) <= {HOST, address}


def test_a_name_that_changes_its_mind_is_pinned_to_what_was_checked(
    connected: list[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """DNS rebinding: public when checked, loopback for whoever asks again."""
    resolving(monkeypatch, PUBLIC, PUBLIC, "127.0.0.1")
    with pytest.raises((ChannelUnreachable, ChannelSilent)):
        get(f"https://{HOST}/")
    assert "127.0.0.1" not in {where[0] for where in connected[:1]}
    assert connected[0][0] == PUBLIC


def test_one_bad_address_among_good_ones_is_enough(
    connected: list[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    def both(host: str, port: int, *_: Any, **__: Any) -> list[Any]:
        return [
            (socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port))
            for address in (PUBLIC, "10.0.0.1")
        ]

    monkeypatch.setattr(transport.socket, "getaddrinfo", both)
    with pytest.raises(HostNotAllowed):
        get(f"https://{HOST}/")
    assert connected == []


def test_attempts_are_bounded_and_only_questions_are_repeated(
    connected: list[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    resolving(monkeypatch, PUBLIC)
    for method, most in (("GET", 2), ("POST", 1)):
        connected.clear()
        request = HttpRequest(method=method, url=f"https://{HOST}/", headers={}, body=b"{}")
        with pytest.raises(ChannelSilent):
            send(request, hosts=LISTED, now=NOW)
        assert len(connected) == most
