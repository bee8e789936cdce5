"""The doors for moving a phone's card to a new phone."""

from __future__ import annotations

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
from gateway.card_service import migrating, queries
from gateway.card_service.serializers import DepartureView, MigrationScriptView, MigrationWish
from gateway.idempotency.once import once
from gateway.topup.serializers import Answers


class Migration(APIView):
    """手机卡迁移."""

    permission_classes = (IsCitizen,)

    @extend_schema(
        operation_id="cards_migrate",
        request=MigrationWish,
        responses={201: MigrationScriptView},
        parameters=[IDEMPOTENCY_KEY],
    )
    def post(self, request: Request, card_id: UUID) -> HttpResponse:
        """The commands by which the old phone's card is shown, before it is deleted there."""
        return self._begin(request, card_id)

    @once
    def _begin(self, request: Request, card_id: UUID, *, cause: UUID) -> Response:
        person = person_of(request)
        card = cards.get(person, card_id)
        wish = MigrationWish(data=request.data)
        wish.is_valid(raise_exception=True)
        made, talk = migrating.begin(
            cause=cause,
            person=person,
            card=card,
            new_card=cards.get(person, wish.validated_data["new_card_id"]),
            actor=actor_of(request),
            now=clock.now(),
        )
        view = MigrationScriptView({"id": made.id, "script": talk.script})
        return Response(view.data, status=201)


class Showing(APIView):
    """The old card is shown once more after it was torn away."""

    permission_classes = (IsCitizen,)

    @extend_schema(
        operation_id="departures_show_again",
        request=None,
        responses=MigrationScriptView,
        parameters=[IDEMPOTENCY_KEY],
    )
    def post(self, request: Request, departure_id: UUID) -> HttpResponse:
        """The commands again; nothing has moved until the card has answered them."""
        return self._again(request, departure_id)

    @once
    def _again(self, request: Request, departure_id: UUID, *, cause: UUID) -> Response:
        made, talk = migrating.again(
            departure_id, person=person_of(request), actor=actor_of(request), now=clock.now()
        )
        return Response(MigrationScriptView({"id": made.id, "script": talk.script}).data)


class Shown(APIView):
    """Takes what the old card showed."""

    permission_classes = (IsCitizen,)

    @extend_schema(
        operation_id="departures_shown",
        request=Answers,
        responses=DepartureView,
        parameters=[IDEMPOTENCY_KEY],
    )
    def post(self, request: Request, departure_id: UUID) -> HttpResponse:
        """Once MAC1 verifies the old card is out of service, and its balance waits to move."""
        queries.departure(departure_id, person=person_of(request))
        return self._confirm(request, departure_id)

    @once
    def _confirm(self, request: Request, departure_id: UUID, *, cause: UUID) -> Response:
        said = Answers(data=request.data)
        said.is_valid(raise_exception=True)
        made = migrating.confirm(
            departure_id,
            list(said.validated_data["answers"]),
            person=person_of(request),
            actor=actor_of(request),
            now=clock.now(),
        )
        return Response(DepartureView(made).data)
