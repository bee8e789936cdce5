"""The doors for invoices: ask, look, list, and fetch the files."""

from __future__ import annotations

from uuid import UUID

from django.http import HttpResponse, HttpResponseBase, StreamingHttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts import clock
from gateway.api.authentication import person_of
from gateway.api.headers import IDEMPOTENCY_KEY
from gateway.api.pages import NewestFirst, PageQuery
from gateway.api.permissions import IsCitizen
from gateway.idempotency.once import once
from gateway.invoice import asking, files, queries, titles
from gateway.invoice.serializers import InvoicePage, InvoicesOfOrder, InvoiceView, InvoiceWish
from gateway.topup import queries as topups


class OrderInvoices(APIView):
    """The invoice of one of your top-ups."""

    permission_classes = (IsCitizen,)

    @extend_schema(operation_id="topups_invoices", responses=InvoicesOfOrder)
    def get(self, request: Request, topup_id: UUID) -> Response:
        """Every invoice that was asked for this top-up, newest first."""
        topup = topups.get(topup_id, person=person_of(request))
        found = queries.of_order(topup.pk, person=person_of(request))
        return Response(InvoicesOfOrder({"invoices": found}).data)

    @extend_schema(
        operation_id="topups_ask_invoice",
        request=InvoiceWish,
        responses={201: InvoiceView},
        parameters=[IDEMPOTENCY_KEY],
    )
    def post(self, request: Request, topup_id: UUID) -> HttpResponse:
        """Asks for it, of what you really paid; there is one for each top-up."""
        topups.get(topup_id, person=person_of(request))
        return self._ask(request, topup_id)

    @once
    def _ask(self, request: Request, topup_id: UUID, *, cause: UUID) -> Response:
        wish = InvoiceWish(data=request.data)
        wish.is_valid(raise_exception=True)
        title = titles.understand(**wish.validated_data)
        made = asking.ask(topup_id, person=person_of(request), title=title, now=clock.now())
        return Response(InvoiceView(made).data, status=201)


class Invoices(APIView):
    """Your invoices."""

    permission_classes = (IsCitizen,)

    @extend_schema(
        operation_id="invoices_list", responses=InvoicePage, parameters=[PageQuery], filters=False
    )
    def get(self, request: Request) -> Response:
        """Newest first, by cursor pages."""
        pages = NewestFirst()
        page = pages.paginate_queryset(queries.of_person(person_of(request)), request, view=self)
        return pages.get_paginated_response(InvoiceView(page, many=True).data)


class OneInvoice(APIView):
    """One of your invoices."""

    permission_classes = (IsCitizen,)

    @extend_schema(operation_id="invoices_get", responses=InvoiceView)
    def get(self, request: Request, invoice_id: UUID) -> Response:
        """How far it is; another person's is not found."""
        found = queries.get(invoice_id, person=person_of(request))
        return Response(InvoiceView(found).data)


_PDF = {(200, "application/pdf"): OpenApiResponse(OpenApiTypes.BINARY)}
_OFD = {(200, "application/ofd"): OpenApiResponse(OpenApiTypes.BINARY)}


class InvoicePdf(APIView):
    """The office's file of one of your invoices."""

    permission_classes = (IsCitizen,)

    @extend_schema(operation_id="invoices_pdf", responses=_PDF)
    def get(self, request: Request, invoice_id: UUID) -> HttpResponseBase:
        """As it came; 404 while it is not here."""
        return _file(request, invoice_id, "pdf", is_red=False)


class InvoiceOfd(APIView):
    """The same as OFD, the form that offices of the state read."""

    permission_classes = (IsCitizen,)

    @extend_schema(operation_id="invoices_ofd", responses=_OFD)
    def get(self, request: Request, invoice_id: UUID) -> HttpResponseBase:
        """As it came; 404 while it is not here."""
        return _file(request, invoice_id, "ofd", is_red=False)


class RedInvoicePdf(APIView):
    """The red invoice that took it back."""

    permission_classes = (IsCitizen,)

    @extend_schema(operation_id="invoices_red_pdf", responses=_PDF)
    def get(self, request: Request, invoice_id: UUID) -> HttpResponseBase:
        """As it came; 404 while there is none."""
        return _file(request, invoice_id, "pdf", is_red=True)


class RedInvoiceOfd(APIView):
    """The red invoice as OFD."""

    permission_classes = (IsCitizen,)

    @extend_schema(operation_id="invoices_red_ofd", responses=_OFD)
    def get(self, request: Request, invoice_id: UUID) -> HttpResponseBase:
        """As it came; 404 while there is none."""
        return _file(request, invoice_id, "ofd", is_red=True)


def _file(request: Request, invoice_id: UUID, form: str, *, is_red: bool) -> HttpResponseBase:
    found = queries.get(invoice_id, person=person_of(request))
    kept = queries.file_of(found, form=form, is_red=is_red)
    answer = StreamingHttpResponse(files.chunks(kept), content_type=files.CONTENT_TYPES[form])
    answer["Content-Length"] = str(kept.size_bytes)
    return answer
