"""Whose request it is: behind proxies we trust, the address they saw; else whoever connected."""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping, Sequence

Network = ipaddress.IPv4Network | ipaddress.IPv6Network
Address = ipaddress.IPv4Address | ipaddress.IPv6Address


def networks(words: str) -> tuple[Network, ...]:
    """The networks in a setting, blanks or commas between; ValueError for what is none."""
    return tuple(ipaddress.ip_network(word) for word in words.replace(",", " ").split())


def client_address(meta: Mapping[str, object], trusted: Sequence[Network]) -> str | None:
    """The address of who asks, from a request's META; None when the server told none.

    X-Forwarded-For counts only as far as proxies of ours wrote it: it is read from its end, and
    the first address that is not ours is the client's. Anybody can write what stands before.
    """
    here = _address(str(meta.get("REMOTE_ADDR") or ""))
    if here is None:
        return None
    told = str(meta.get("HTTP_X_FORWARDED_FOR") or "")
    hops = [word.strip() for word in told.split(",")] if told else []
    while hops and _is_ours(here, trusted):
        before = _address(hops.pop())
        if before is None:
            break
        here = before
    return str(here)


def _address(word: str) -> Address | None:
    try:
        found = ipaddress.ip_address(word)
    except ValueError:
        return None
    mapped = found.ipv4_mapped if isinstance(found, ipaddress.IPv6Address) else None
    return mapped or found


def _is_ours(address: Address, trusted: Sequence[Network]) -> bool:
    return any(address.version == network.version and address in network for network in trusted)
