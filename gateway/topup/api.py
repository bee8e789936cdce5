"""The doors for top-ups: place, look, refund."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.conf import settings
from django.http import HttpResponse
from django.urls import reverse
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts import cards, clock
from gateway.api.authentication import actor_of, person_of
from gateway.api.headers import IDEMPOTENCY_KEY
from gateway.api.pages import NewestFirst, PageQuery
from gateway.api.permissions import IsCitizen
from gateway.idempotency.once import once
from gateway.payments import paying
from gateway.proxies import client_address
from gateway.topup import drawing, ordering, queries, scanning
from gateway.topup.models import TopUp
from gateway.topup.serializers import (
    CodeView,
    HintView,
    PaymentView,
    RefundView,
    StoryView,
    TopupPage,
    TopupView,
    TopupWish,
    WholeTopupView,
)

PURPOSE = "交通卡充值"


class TopUps(APIView):
    """Your top-ups."""

    permission_classes = (IsCitizen,)

    @extend_schema(
        operation_id="topups_list", responses=TopupPage, parameters=[PageQuery], filters=False
    )
    def get(self, request: Request) -> Response:
        """Your top-ups, newest first, by cursor pages."""
        pages = NewestFirst()
        page = pages.paginate_queryset(queries.of_person(person_of(request)), request, view=self)
        return pages.get_paginated_response(TopupView(page, many=True).data)

    @extend_schema(
        operation_id="topups_place",
        request=TopupWish,
        responses={201: WholeTopupView},
        parameters=[IDEMPOTENCY_KEY],
    )
    def post(self, request: Request) -> HttpResponse:
        """Places a top-up and opens its payment at the channel.

        With channel `any` no payment is opened yet: `code.url` is what one QR code for every
        wallet carries (payment.svg draws it), good for thirty minutes.

        503 `channel_silent`: the channel gave no clear word. The top-up stands; send the same
        request with the same key, and the same payment is asked for.
        """
        return self._place(request)

    @once
    def _place(self, request: Request, *, cause: UUID) -> Response:
        wish = TopupWish(data=request.data)
        wish.is_valid(raise_exception=True)
        said = wish.validated_data
        now = clock.now()
        whose: dict[str, Any] = {
            "cause": cause,
            "person": person_of(request),
            "card": cards.get(person_of(request), said["card_id"]),
            "amount_fen": said["amount_fen"],
        }
        if said["channel"] == scanning.ANY:
            topup = ordering.place_by_code(**whose, now=now)
            return Response(_whole(request, topup, []), status=201)
        topup, payment = ordering.place(
            **whose,
            channel=said["channel"],
            scene=said["scene"],
            payer_openid=said["payer_openid"],
            payer_ip=client_address(request.META, settings.TRUSTED_PROXIES),
            now=now,
        )
        payment = paying.offer(payment, description=PURPOSE, actor=actor_of(request), now=now)
        return Response(_whole(request, topup, [payment]), status=201)


class OneTopUp(APIView):
    """One of your top-ups."""

    permission_classes = (IsCitizen,)

    @extend_schema(operation_id="topups_get", responses=WholeTopupView)
    def get(self, request: Request, topup_id: UUID) -> Response:
        """The top-up with its payments; another person's is not found."""
        topup = queries.get(topup_id, person=person_of(request))
        return Response(_whole(request, topup, queries.payments_of(topup)))


class Story(APIView):
    """Where the money of a top-up is."""

    permission_classes = (IsCitizen,)

    @extend_schema(operation_id="topups_story", responses=StoryView)
    def get(self, request: Request, topup_id: UUID) -> Response:
        """Everything that happened to it in order, and the transfers that prove it."""
        topup = queries.get(topup_id, person=person_of(request))
        whole = {
            "hints": queries.hints(topup),
            "story": queries.story(topup),
            "transfers": queries.transfers(topup),
        }
        return Response(StoryView(whole).data)


class Drawing(APIView):
    """The QR to scan: the code for every wallet, or a native payment's."""

    permission_classes = (IsCitizen,)

    @extend_schema(
        operation_id="topups_payment_qr",
        responses={(200, "image/svg+xml"): OpenApiResponse(bytes)},
    )
    def get(self, request: Request, topup_id: UUID) -> HttpResponse:
        """An SVG for the payer's wallet to scan; 404 where no code is waiting to be paid."""
        topup = queries.get(topup_id, person=person_of(request))
        code = _code(request, topup)
        waiting = [code["url"]] if code else drawing.waiting(queries.payments_of(topup))
        svg = drawing.qr(waiting)
        return HttpResponse(svg, content_type="image/svg+xml")


class GivingBack(APIView):
    """The refund of a paid, unloaded top-up."""

    permission_classes = (IsCitizen,)

    @extend_schema(
        operation_id="topups_refund",
        request=None,
        responses={202: RefundView},
        parameters=[IDEMPOTENCY_KEY],
    )
    def post(self, request: Request, topup_id: UUID) -> HttpResponse:
        """Sends the money back to where it came from; 409 while a load is unresolved."""
        return self._give_back(request, topup_id)

    @once
    def _give_back(self, request: Request, topup_id: UUID, *, cause: UUID) -> Response:
        refund = ordering.give_back(
            topup_id,
            person=person_of(request),
            actor=actor_of(request),
            because="asked by the payer",
            now=clock.now(),
        )
        return Response(RefundView(refund).data, status=202)


def _whole(request: Request, topup: TopUp, payments: list[Any]) -> dict[str, Any]:
    code = _code(request, topup)
    return {
        **TopupView(topup).data,
        "payments": PaymentView(payments, many=True).data,
        "code": CodeView(code).data if code else None,
        "hints": HintView(queries.hints(topup), many=True).data,
    }


def _code(request: Request, topup: TopUp) -> dict[str, Any] | None:
    if not scanning.is_open(topup, clock.now()):
        return None
    path = reverse("scan", kwargs={"token": scanning.token_of(topup)})
    return {"url": request.build_absolute_uri(path), "expires_at": scanning.over_at(topup)}
