"""The door for the deposit of a card: what there is, and paying one."""

from __future__ import annotations

from uuid import UUID

from django.conf import settings
from django.http import HttpResponse
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts import cards, clock
from gateway.api.authentication import actor_of, person_of
from gateway.api.headers import IDEMPOTENCY_KEY
from gateway.api.permissions import IsCitizen
from gateway.deposits import queries, taking
from gateway.deposits.serializers import DepositOfCardView, DepositWish, PlacedDepositView
from gateway.idempotency.once import once
from gateway.payments import paying
from gateway.proxies import client_address

DESCRIPTION = "交通卡押金"


class CardDeposit(APIView):
    """押金 of one of your cards."""

    permission_classes = (IsCitizen,)

    @extend_schema(operation_id="cards_deposit", responses=DepositOfCardView)
    def get(self, request: Request, card_id: UUID) -> Response:
        """What the operator takes, and where this card's deposit is."""
        person = person_of(request)
        card = cards.get(person, card_id)
        terms, deposit = queries.terms_of(card.operator), queries.of_card(card)
        mine = deposit is not None and deposit.person_id == person.pk
        told = {
            "amount_fen": terms.amount_fen,
            "back_for": terms.back_for,
            "deposit": deposit,
            "payments": queries.payments_of(deposit) if deposit is not None and mine else [],
        }
        return Response(DepositOfCardView(told).data)

    @extend_schema(
        operation_id="cards_pay_deposit",
        request=DepositWish,
        responses={201: PlacedDepositView},
        parameters=[IDEMPOTENCY_KEY],
    )
    def post(self, request: Request, card_id: UUID) -> HttpResponse:
        """Opens the payment of this card's deposit; it can never be loaded or ridden away.

        503 `channel_silent`: as for a top-up, send the same request with the same key.
        """
        cards.get(person_of(request), card_id)
        return self._pay(request, card_id)

    @once
    def _pay(self, request: Request, card_id: UUID, *, cause: UUID) -> Response:
        wish = DepositWish(data=request.data)
        wish.is_valid(raise_exception=True)
        said, now = wish.validated_data, clock.now()
        deposit, payment = taking.place(
            cause=cause,
            person=person_of(request),
            card=cards.get(person_of(request), card_id),
            channel=said["channel"],
            scene=said["scene"],
            payer_openid=said["payer_openid"],
            payer_ip=client_address(request.META, settings.TRUSTED_PROXIES),
            now=now,
        )
        payment = paying.offer(payment, description=DESCRIPTION, actor=actor_of(request), now=now)
        view = PlacedDepositView({"deposit": deposit, "payment": payment})
        return Response(view.data, status=201)
