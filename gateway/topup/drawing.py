"""Draws the code that a payer's wallet scans."""

from __future__ import annotations

from io import BytesIO

import qrcode
from django.utils.safestring import SafeString
from qrcode.image.svg import SvgPathImage

from gateway.payments.models import Payment
from gateway.topup.errors import NothingToScan

MASK = 4
"""A fixed mask: any of the eight is readable, and choosing the best costs five times the time."""


def waiting(payments: list[Payment]) -> list[str]:
    """What the codes of native payments that wait to be paid carry, oldest first."""
    return [
        payment.offer["code_url"]
        for payment in payments
        if payment.state == "offered" and payment.offer and payment.offer.get("code_url")
    ]


def qr(carried: list[str]) -> bytes:
    """The newest of these as a code in SVG. Raises NothingToScan where there is none."""
    if not carried:
        raise NothingToScan
    code = qrcode.QRCode(
        error_correction=qrcode.constants.ERROR_CORRECT_M, mask_pattern=MASK, border=4
    )
    code.add_data(carried[-1])
    drawn = BytesIO()
    code.make_image(image_factory=SvgPathImage).save(drawn)
    return drawn.getvalue()


def within(carried: str) -> SafeString:
    """The same, to be written into a page."""
    return SafeString(qr([carried]).decode().partition("?>")[2])
