"""Which operator sells under which number, and which office makes its invoices."""

from __future__ import annotations

from urllib.parse import urlsplit

from django.conf import settings

from accounts import secrets
from gateway.channels.transport import AllowedHost
from gateway.invoice.errors import InvoicesNotOffered
from gateway.invoice.models import InvoiceSeller
from gateway.invoice.port import Seller

_HTTPS_PORT = 443


def is_offered(pool: int) -> bool:
    """Whether this pool's operator makes invoices here at all."""
    return InvoiceSeller.objects.filter(pool=pool, is_open=True).exists()


def open_of(pool: int) -> InvoiceSeller:
    """The seller of new invoices; InvoicesNotOffered."""
    found = InvoiceSeller.objects.filter(pool=pool, is_open=True).first()
    if found is None:
        raise InvoicesNotOffered(pool=pool)
    return found


def of(pool: int) -> InvoiceSeller:
    """The seller of invoices that were asked for, open or not; InvoicesNotOffered."""
    found = InvoiceSeller.objects.filter(pool=pool).first()
    if found is None:
        raise InvoicesNotOffered(pool=pool)
    return found


def spoken_for(row: InvoiceSeller) -> Seller:
    """The seller with its key read by name, as adapters know it. SecretMissing."""
    return Seller(
        name=row.name,
        taxpayer_no=row.taxpayer_no,
        base_url=row.base_url,
        key_id=row.key_id,
        signing_key_pem=secrets.read(row.signing_key_secret),
        office_keys={key_id: pem.encode() for key_id, pem in row.office_keys.items()},
    )


def hosts_of(row: InvoiceSeller) -> list[AllowedHost]:
    """The one host of its office; on this machine only in the sandbox."""
    parts = urlsplit(row.base_url)
    port = parts.port or _HTTPS_PORT
    return [AllowedHost(host=parts.hostname or "", port=port, loopback=settings.IS_SANDBOX)]
