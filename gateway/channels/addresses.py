"""Addresses a channel's account is set up with: where the channel is, and where it finds us."""

from urllib.parse import urlsplit

from gateway.channels.errors import ChannelMisconfigured
from gateway.channels.values import Merchant


def channel_origin(merchant: Merchant) -> str:
    """Scheme and host of the channel; ChannelMisconfigured when it is more or less than that."""
    parts = urlsplit(merchant.base_url)
    if parts.scheme not in ("https", "http") or not parts.netloc or parts.path.strip("/"):
        raise ChannelMisconfigured("the channel's address is scheme and host only")
    return f"{parts.scheme}://{parts.netloc}"


def our_address(url: str) -> str:
    """Our own address as a channel is told it; ChannelMisconfigured with a query or a fragment."""
    parts = urlsplit(url)
    if parts.scheme not in ("https", "http") or not parts.netloc or parts.query or parts.fragment:
        raise ChannelMisconfigured("our notice address may not carry a query")
    return url
