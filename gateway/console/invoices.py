"""What the console's pages read of invoices in doubt, for the pools of whoever asks; its words."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from gateway.console.card_services import MAKERS
from gateway.console.queries import MONEY_READERS
from gateway.console.seats import Seat
from gateway.console.words import Word
from gateway.invoice import deciding, queries
from gateway.invoice.errors import InvoiceNotFound
from gateway.invoice.models import Invoice, InvoiceDecision

__all__ = ["MAKERS", "READERS", "asked", "choices", "in_doubt", "invoice"]

READERS: Final = MONEY_READERS | MAKERS
IN_DOUBT_AFTER: Final = timedelta(minutes=30)

STATES: Final[dict[str, Word]] = {
    "asked": ("waiting", _("待发送")),
    "sent": ("waiting", _("已发送，没有结果")),
    "issued": ("settled", _("已开具")),
    "reversing": ("wrong", _("要冲红，没有完成")),
    "reversed": ("information", _("已冲红")),
    "refused": ("information", _("没有开成")),
    "withdrawn": ("information", _("已撤回")),
}
RED: Final[dict[str, Word]] = {
    "asked": ("waiting", _("待发送")),
    "sent": ("waiting", _("已发送，没有结果")),
    "waiting": ("waiting", _("等受票方确认")),
    "refused": ("wrong", _("开票服务拒绝")),
    "issued": ("settled", _("已开具")),
}
CHOICES: Final[dict[str, str | Promise]] = {
    deciding.NOT_MADE: _("没有开出过"),
    deciding.MADE: _("已经开出，登记号码"),
    deciding.REVERSED: _("已在电子税务局冲红，登记红票号码"),
}


def in_doubt(seat: Seat, now: datetime) -> list[Invoice]:
    """Those of which only the office knows for longer than half an hour, the oldest first."""
    mine = seat.pools(READERS)
    rows = queries.in_doubt(now, older=IN_DOUBT_AFTER)
    return list(rows if mine is None else rows.filter(pool__in=mine))


def invoice(seat: Seat, invoice_id: UUID) -> Invoice:
    """One invoice; another pool's is InvoiceNotFound."""
    found = queries.get(invoice_id, person=None)
    if not seat.reaches(found.pool, READERS):
        raise InvoiceNotFound(invoice_id=invoice_id)
    return found


def asked(one: Invoice) -> InvoiceDecision | None:
    """The decision that waits for a second officer."""
    return one.decisions.filter(state="asked").first()


def choices(one: Invoice) -> list[tuple[str, str | Promise]]:
    """What may be decided of it now."""
    return [(choice, CHOICES[choice]) for choice in deciding.choices_of(one)]
