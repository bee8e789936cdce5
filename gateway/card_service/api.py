"""The doors for card services: registering, reporting lost, replacing and redeeming a card."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.http import HttpResponse
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts import cards, clock
from gateway.api.authentication import actor_of, person_of
from gateway.api.headers import IDEMPOTENCY_KEY
from gateway.api.permissions import IsCitizen
from gateway.card_service import departing, losing, naming, queries
from gateway.card_service.errors import LossNotFound
from gateway.card_service.serializers import (
    DepartureView,
    LossView,
    NamingScriptView,
    NamingView,
    RedemptionWish,
    ReplacementWish,
)
from gateway.idempotency.once import once
from gateway.topup.serializers import Answers


class CardNaming(APIView):
    """Registers a card in your name."""

    permission_classes = (IsCitizen,)

    @extend_schema(
        operation_id="cards_name",
        request=None,
        responses={201: NamingScriptView},
        parameters=[IDEMPOTENCY_KEY],
    )
    def post(self, request: Request, card_id: UUID) -> HttpResponse:
        """The commands by which the card is shown; your name must be confirmed before."""
        return self._begin(request, card_id)

    @once
    def _begin(self, request: Request, card_id: UUID, *, cause: UUID) -> Response:
        person = person_of(request)
        begun, talk = naming.begin(
            cause=cause,
            person=person,
            card=cards.get(person, card_id),
            actor=actor_of(request),
            now=clock.now(),
        )
        view = NamingScriptView({"id": begun.id, "script": talk.script})
        return Response(view.data, status=201)


class OneNaming(APIView):
    """Takes what the card showed."""

    permission_classes = (IsCitizen,)

    @extend_schema(
        operation_id="namings_confirm",
        request=Answers,
        responses=NamingView,
        parameters=[IDEMPOTENCY_KEY],
    )
    def post(self, request: Request, naming_id: UUID) -> HttpResponse:
        """Once MAC1 verifies the card is yours by name, and the caps of named cards hold."""
        queries.naming(naming_id, person=person_of(request))
        return self._confirm(request, naming_id)

    @once
    def _confirm(self, request: Request, naming_id: UUID, *, cause: UUID) -> Response:
        said = Answers(data=request.data)
        said.is_valid(raise_exception=True)
        confirmed = naming.confirm(
            naming_id,
            list(said.validated_data["answers"]),
            person=person_of(request),
            actor=actor_of(request),
            now=clock.now(),
        )
        return Response(NamingView(confirmed).data)


class CardLoss(APIView):
    """挂失."""

    permission_classes = (IsCitizen,)

    @extend_schema(operation_id="cards_loss", responses=LossView)
    def get(self, request: Request, card_id: UUID) -> Response:
        """The newest loss report of the card; 404 when there was none."""
        found = queries.latest_loss(cards.get(person_of(request), card_id))
        if found is None:
            raise LossNotFound(card_id=card_id)
        return Response(LossView(found).data)

    @extend_schema(
        operation_id="cards_report_lost",
        request=None,
        responses={201: LossView},
        parameters=[IDEMPOTENCY_KEY],
    )
    def post(self, request: Request, card_id: UUID) -> HttpResponse:
        """Reports a named card lost: no load from now on; rides are yours until `in_force_at`."""
        return self._report(request, card_id)

    @once
    def _report(self, request: Request, card_id: UUID, *, cause: UUID) -> Response:
        person = person_of(request)
        made = losing.report(
            cause=cause,
            person=person,
            card=cards.get(person, card_id),
            actor=actor_of(request),
            now=clock.now(),
        )
        return Response(LossView(made).data, status=201)


class CardFound(APIView):
    """找回."""

    permission_classes = (IsCitizen,)

    @extend_schema(
        operation_id="cards_report_found",
        request=None,
        responses=LossView,
        parameters=[IDEMPOTENCY_KEY],
    )
    def post(self, request: Request, card_id: UUID) -> HttpResponse:
        """Lifts the loss report, as long as nothing was asked for the balance."""
        return self._lift(request, card_id)

    @once
    def _lift(self, request: Request, card_id: UUID, *, cause: UUID) -> Response:
        person = person_of(request)
        card = cards.get(person, card_id)
        lifted = losing.lift(person=person, card=card, actor=actor_of(request), now=clock.now())
        return Response(LossView(lifted).data)


class Replacement(APIView):
    """补卡 and 换卡."""

    permission_classes = (IsCitizen,)

    @extend_schema(
        operation_id="cards_replace",
        request=ReplacementWish,
        responses={201: DepartureView},
        parameters=[IDEMPOTENCY_KEY],
    )
    def post(self, request: Request, card_id: UUID) -> HttpResponse:
        """The balance goes to another card of yours after the wait; a lost card needs its report,
        any other is handed in at a counter first."""
        return self._replace(request, card_id)

    @once
    def _replace(self, request: Request, card_id: UUID, *, cause: UUID) -> Response:
        person = person_of(request)
        card = cards.get(person, card_id)
        wish = ReplacementWish(data=request.data)
        wish.is_valid(raise_exception=True)
        made = departing.replace(
            cause=cause,
            person=person,
            card=card,
            new_card=cards.get(person, wish.validated_data["new_card_id"]),
            why=wish.validated_data["why"],
            actor=actor_of(request),
            now=clock.now(),
        )
        return Response(DepartureView(made).data, status=201)


class Redemption(APIView):
    """赎回."""

    permission_classes = (IsCitizen,)

    @extend_schema(
        operation_id="cards_redeem",
        request=RedemptionWish,
        responses={201: DepartureView},
        parameters=[IDEMPOTENCY_KEY],
    )
    def post(self, request: Request, card_id: UUID) -> HttpResponse:
        """The balance goes back the way it was paid, what cannot to your own account."""
        return self._redeem(request, card_id)

    @once
    def _redeem(self, request: Request, card_id: UUID, *, cause: UUID) -> Response:
        person = person_of(request)
        card = cards.get(person, card_id)
        wish = RedemptionWish(data=request.data)
        wish.is_valid(raise_exception=True)
        payee: dict[str, Any] | None = wish.validated_data["payee"]
        made = departing.redeem(
            cause=cause,
            person=person,
            card=card,
            why=wish.validated_data["why"],
            payee=departing.SameName(**payee) if payee else None,
            actor=actor_of(request),
            now=clock.now(),
        )
        return Response(DepartureView(made).data, status=201)


class OneDeparture(APIView):
    """One of your replacements or redemptions."""

    permission_classes = (IsCitizen,)

    @extend_schema(operation_id="departures_get", responses=DepartureView)
    def get(self, request: Request, departure_id: UUID) -> Response:
        """How far it has come, and by which ways its money goes."""
        found = queries.departure(departure_id, person=person_of(request))
        return Response(DepartureView(found).data)


class Withdrawal(APIView):
    """撤回."""

    permission_classes = (IsCitizen,)

    @extend_schema(
        operation_id="departures_withdraw",
        request=None,
        responses=DepartureView,
        parameters=[IDEMPOTENCY_KEY],
    )
    def post(self, request: Request, departure_id: UUID) -> HttpResponse:
        """Takes it back, while the card is not handed in and its balance has not moved."""
        return self._withdraw(request, departure_id)

    @once
    def _withdraw(self, request: Request, departure_id: UUID, *, cause: UUID) -> Response:
        taken = departing.withdraw(
            departure_id, person=person_of(request), actor=actor_of(request), now=clock.now()
        )
        return Response(DepartureView(taken).data)
