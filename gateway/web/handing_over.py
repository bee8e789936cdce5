"""A payer's browser is handed over to a channel: by a link, or by a form to press."""

from __future__ import annotations

from typing import Final
from urllib.parse import urlsplit

from django.conf import settings
from django.http import HttpResponse

from gateway.channels.errors import ChannelMisconfigured, ChannelRefused, WishRefused
from gateway.payments.errors import MerchantUnknown

REFUSED: Final = (ChannelRefused, ChannelMisconfigured, WishRefused, MerchantUnknown)
"""This way of paying is not to be had: nothing was charged, another may be chosen."""


def may_lead_to(url: str) -> bool:
    """Whether a payer may be sent to this address of a channel."""
    return urlsplit(url).scheme in (("https", "http") if settings.IS_SANDBOX else ("https",))


def may_post_to(answer: HttpResponse, action: str) -> HttpResponse:
    """The same page, which alone may post to the channel's own host."""
    parts = urlsplit(action)
    answer.headers["Content-Security-Policy"] = settings.CONTENT_SECURITY_POLICY.replace(
        "form-action 'self'", f"form-action 'self' {parts.scheme}://{parts.netloc}"
    )
    return answer
