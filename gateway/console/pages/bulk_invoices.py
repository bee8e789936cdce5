"""The invoice of a unit's order: asked for to the unit, how far it is, and its files to hand on."""

from __future__ import annotations

from typing import Any, Final
from uuid import UUID

from django.http import Http404, HttpResponseBase, StreamingHttpResponse

from accounts import clock
from gateway.bulk import queries as bulk
from gateway.bulk.models import BulkOrder
from gateway.console import custody, door, invoices, words
from gateway.console.seats import OfficerRequest
from gateway.invoice import amounts, asking, files, queries, sellers
from gateway.invoice.errors import InvoiceNotFound
from gateway.invoice.lifecycle import LIVE

FILES: Final = {
    "pdf": ("pdf", False), "ofd": ("ofd", False), "red-pdf": ("pdf", True), "red-ofd": ("ofd", True)
}  # fmt: skip


def shown(request: OfficerRequest, one: BulkOrder) -> dict[str, Any]:
    """Every invoice ever asked for this order, newest first, and whether one may be asked now."""
    found = list(queries.of_bulk_order(one.pk)) if one.state == "shared" else []
    stands = any(each.state in LIVE for each in found)
    may_ask = one.state == "shared" and not stands and custody.may_ask(request.seat, one.pool)
    kept_fen = amounts.of_order_fen(one) if may_ask else 0
    return {
        "invoices": [
            {
                "one": each,
                "state": words.of(invoices.STATES, each.state),
                "red": getattr(each, "red", None),
                "files": [
                    (which, form.upper(), is_red)
                    for which, (form, is_red) in FILES.items()
                    if any((file.form, file.is_red) == (form, is_red) for file in each.files.all())
                ],
            }
            for each in found
        ],
        "invoiceable_fen": kept_fen,
        "may_invoice": kept_fen > 0 and sellers.is_offered(one.pool),
    }


def ask(request: OfficerRequest, one: BulkOrder) -> UUID | None:
    """It is asked of the office by itself; nobody needs to agree, for no money moves."""
    asking.ask_for_enterprise(one.pk, officer=request.seat.person, now=clock.now())
    return None


@door.seated(custody.READERS, personal=True)
def file(request: OfficerRequest, order_id: UUID, invoice_id: UUID, which: str) -> HttpResponseBase:
    """The office's own file, byte by byte as it came, to hand to the unit."""
    one = bulk.order(order_id, pools=custody.pools_of(request.seat))
    found = queries.of_bulk_order(one.pk).filter(pk=invoice_id).first()
    if which not in FILES:
        raise Http404
    if found is None:
        raise InvoiceNotFound(invoice_id=invoice_id)
    form, is_red = FILES[which]
    kept = queries.file_of(found, form=form, is_red=is_red)
    answer = StreamingHttpResponse(files.chunks(kept), content_type=files.CONTENT_TYPES[form])
    answer["Content-Length"] = str(kept.size_bytes)
    answer["Content-Disposition"] = f'attachment; filename="{one.number}-{which}.{form}"'
    return answer
