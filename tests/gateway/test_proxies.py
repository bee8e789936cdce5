"""X-Forwarded-For counts only as far as proxies of ours wrote it."""

from __future__ import annotations

import pytest

from gateway.proxies import client_address, networks

OURS = networks("10.0.0.0/8, 192.168.7.7/32 fd00::/8")


@pytest.mark.parametrize(
    ("remote", "forwarded", "client"),
    [
        ("203.0.113.9", "", "203.0.113.9"),
        ("203.0.113.9", "1.1.1.1", "203.0.113.9"),
        ("10.0.0.1", "203.0.113.9", "203.0.113.9"),
        ("10.0.0.1", "1.1.1.1, 203.0.113.9", "203.0.113.9"),
        ("10.0.0.1", "1.1.1.1, 203.0.113.9, 192.168.7.7", "203.0.113.9"),
        ("10.0.0.1", "1.1.1.1, 203.0.113.9, 192.168.7.8", "192.168.7.8"),
        ("10.0.0.1", "", "10.0.0.1"),
        ("10.0.0.1", "nonsense", "10.0.0.1"),
        ("10.0.0.1", "203.0.113.9, ", "10.0.0.1"),
        ("10.0.0.1", "203.0.113.9:4711", "10.0.0.1"),
        ("10.0.0.1", "10.0.0.2, 10.0.0.3", "10.0.0.2"),
        ("::ffff:10.0.0.1", "203.0.113.9", "203.0.113.9"),
        ("fd00::1", "2001:db8::5", "2001:db8::5"),
        ("fe80::1", "203.0.113.9", "fe80::1"),
        ("", "203.0.113.9", None),
    ],
)
def test_the_client_is_the_first_address_that_is_not_ours_from_the_end(
    remote: str, forwarded: str, client: str | None
) -> None:
    meta = {"REMOTE_ADDR": remote, "HTTP_X_FORWARDED_FOR": forwarded}
    assert client_address(meta, OURS) == client


def test_without_proxies_of_ours_nobody_is_believed() -> None:
    meta = {"REMOTE_ADDR": "127.0.0.1", "HTTP_X_FORWARDED_FOR": "203.0.113.9"}
    assert client_address(meta, ()) == "127.0.0.1"


@pytest.mark.parametrize("words", ["10.0.0.1/8", "proxy.example", "10.0.0.0/33"])
def test_a_setting_that_is_no_network_stops_the_start(words: str) -> None:
    with pytest.raises(ValueError, match=r"does not|has host bits|not permitted|not appear"):
        networks(words)
