"""发票 for cash at a kiosk, for whoever holds its receipt: asked for, looked at, fetched.

The token in the address is all the authority there is, as on the receipt's own page: no cookie, so
nothing that another site could borrow. What the card's holder asked for is not told here.
"""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.http import (
    HttpRequest,
    HttpResponse,
    HttpResponseBase,
    HttpResponseRedirect,
    StreamingHttpResponse,
)
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_safe

from accounts import clock
from accounts.errors import DomainError
from gateway.invoice import asking, files, queries, sellers, sold, titles
from gateway.invoice.errors import InvoiceNotFound
from gateway.invoice.lifecycle import LIVE
from gateway.invoice.models import Invoice
from gateway.kiosk import receipts
from gateway.topup.errors import TopupNotFound
from gateway.topup.models import TopUp
from gateway.web import door, invoices
from gateway.web.receipt_link import gone, quiet
from gateway.web.refusals import status_of


@door.by_link
@csrf_exempt
@sensitive_post_parameters()
@require_http_methods(["GET", "HEAD", "POST"])
def receipt_invoice(request: HttpRequest, token: str) -> HttpResponse:
    """To whom it is made out, and what became of it."""
    now = clock.now()
    try:
        topup = receipts.order_of(token, now)
    except TopupNotFound as unknown:
        return gone(request, unknown)
    said = invoices.said_in(request)
    refused: DomainError | None = None
    if request.method == "POST":
        try:
            title = titles.understand(said["kind"], said["name"], said["taxpayer_no"])
            asking.ask_by_receipt(topup.pk, title=title, now=now)
            return quiet(HttpResponseRedirect(reverse("receipt-invoice", args=[token])))
        except DomainError as error:
            refused = error
    context = {"token": token, **said, **invoices.mistake_in(refused), **_standing(topup)}
    status = status_of(refused) if refused else 200
    return quiet(render(request, "web/receipt_invoice.html", context, status=status))


@door.by_link
@require_safe
def file(
    request: HttpRequest, token: str, invoice_id: UUID, form: str, is_red: bool
) -> HttpResponseBase:
    """The office's own file, byte by byte as it came."""
    try:
        topup = receipts.order_of(token, clock.now())
        found = [one for one in queries.of_receipt(topup.pk) if one.pk == invoice_id]
        if not found:
            raise InvoiceNotFound(invoice_id=invoice_id)
        kept = queries.file_of(found[0], form=form, is_red=is_red)
    except DomainError as unknown:
        return gone(request, unknown)
    answer = StreamingHttpResponse(files.chunks(kept), content_type=files.CONTENT_TYPES[form])
    answer["Content-Length"] = str(kept.size_bytes)
    name = invoices.name_of(found[0], is_red)
    answer["Content-Disposition"] = f'attachment; filename="{name}.{form}"'
    return quiet(answer)


def _standing(topup: TopUp) -> dict[str, Any]:
    is_cash = sold.is_cash(topup.pk)
    found = queries.of_receipt(topup.pk) if is_cash else []
    is_live = any(one.state in LIVE for one in found)
    is_holders = is_cash and not is_live and queries.has_live(topup.pk)
    is_on_card = topup.state == "loaded"
    may_ask = is_cash and is_on_card and not is_live and not is_holders
    is_offered = not may_ask or sellers.is_offered(topup.pool)
    return {
        "topup": topup,
        "card_end": topup.card.asn[-4:],
        "until": topup.placed_at + receipts.TOLD_FOR,
        "is_cash": is_cash,
        "is_on_card": is_on_card,
        "is_holders": is_holders,
        "is_offered": is_offered,
        "may_ask": may_ask and is_offered,
        "found": [_shown(one) for one in found],
    }


def _shown(one: Invoice) -> dict[str, Any]:
    kept = sorted(one.files.all(), key=lambda file: (file.is_red, file.form != "pdf"))
    return invoices.told_of(one) | {"invoice": one, "files": kept}
