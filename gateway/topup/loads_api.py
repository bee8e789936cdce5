"""The doors for the talk with a card: the server sends commands, the client is a pipe."""

from __future__ import annotations

from uuid import UUID

from django.http import HttpResponse
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts import cards, clock
from accounts.models import Person
from gateway.api.authentication import actor_of, person_of
from gateway.api.headers import IDEMPOTENCY_KEY
from gateway.api.permissions import IsCitizen, MayPresentCards
from gateway.idempotency.once import once
from gateway.topup import conversation
from gateway.topup.serializers import (
    AidField,
    Answers,
    OpenWish,
    ScriptView,
    VerdictView,
    aid_in,
)


class OpenLoad(APIView):
    """Opens a load."""

    permission_classes = (IsCitizen,)

    @extend_schema(
        operation_id="loads_open",
        request=OpenWish,
        responses={201: ScriptView},
        parameters=[IDEMPOTENCY_KEY],
    )
    def post(self, request: Request, topup_id: UUID) -> HttpResponse:
        """The commands up to INITIALIZE FOR LOAD; 409 `load_unresolved`: show evidence first.

        `aid`, where the client saw the card answer to one, chooses the card's profile and keys;
        400 `card_aid_unknown` for one that no profile names.
        """
        return self._open(request, topup_id)

    @once
    def _open(self, request: Request, topup_id: UUID, *, cause: UUID) -> Response:
        wish = OpenWish(data=request.data)
        wish.is_valid(raise_exception=True)
        talk = conversation.open_load(
            topup_id,
            person=person_of(request),
            actor=actor_of(request),
            now=clock.now(),
            aid=aid_in(wish.validated_data),
        )
        return Response(ScriptView({"id": talk.load_id, "script": talk.script}).data, status=201)


class Challenge(APIView):
    """Takes the card's answer to INITIALIZE FOR LOAD."""

    permission_classes = (IsCitizen,)

    @extend_schema(
        operation_id="loads_challenge",
        request=Answers,
        responses=ScriptView,
        parameters=[IDEMPOTENCY_KEY],
    )
    def post(self, request: Request, load_id: UUID) -> HttpResponse:
        """CREDIT FOR LOAD with its MAC2; the same challenge always gets the same command."""
        return self._take(request, load_id)

    @once
    def _take(self, request: Request, load_id: UUID, *, cause: UUID) -> Response:
        seal = conversation.seal(
            load_id,
            _answers(request),
            person=person_of(request),
            actor=actor_of(request),
            now=clock.now(),
        )
        return Response(ScriptView({"id": load_id, "script": seal.script}).data)


class Proof(APIView):
    """Takes the card's answer to CREDIT FOR LOAD."""

    permission_classes = (IsCitizen,)

    @extend_schema(
        operation_id="loads_proof",
        request=Answers,
        responses=VerdictView,
        parameters=[IDEMPOTENCY_KEY],
    )
    def post(self, request: Request, load_id: UUID) -> HttpResponse:
        """`loaded` on a TAC that verifies; anything else is `in_doubt`, never failed."""
        return self._take(request, load_id)

    @once
    def _take(self, request: Request, load_id: UUID, *, cause: UUID) -> Response:
        verdict = conversation.prove(
            load_id,
            _answers(request),
            person=person_of(request),
            actor=actor_of(request),
            now=clock.now(),
        )
        return Response(VerdictView(verdict).data)


class CardSeen(serializers.Serializer[None]):
    """Which card is being presented: the number printed on it."""

    card_no = serializers.RegexField(r"^[0-9]{19}$")
    aid = AidField()


class OpenEvidence(APIView):
    """A card with an unresolved load is seen again."""

    permission_classes = (MayPresentCards,)

    @extend_schema(
        operation_id="evidence_open",
        request=CardSeen,
        responses={201: ScriptView},
        parameters=[IDEMPOTENCY_KEY],
    )
    def post(self, request: Request) -> HttpResponse:
        """The commands that let the card say what is on it: any kiosk, counter or phone may ask.

        409 `card_other_application` when the doubt is about another AID than the one seen.
        """
        return self._open(request)

    @once
    def _open(self, request: Request, *, cause: UUID) -> Response:
        seen = CardSeen(data=request.data)
        seen.is_valid(raise_exception=True)
        talk = conversation.open_evidence(
            cards.by_asn(seen.validated_data["card_no"]),
            actor=actor_of(request),
            now=clock.now(),
            aid=aid_in(seen.validated_data),
        )
        return Response(ScriptView({"id": talk.inquiry_id, "script": talk.script}).data, status=201)


class Evidence(APIView):
    """Takes what the card showed."""

    permission_classes = (MayPresentCards,)

    @extend_schema(
        operation_id="evidence_take",
        request=Answers,
        responses=VerdictView,
        parameters=[IDEMPOTENCY_KEY],
    )
    def post(self, request: Request, inquiry_id: UUID) -> HttpResponse:
        """`loaded`, `not_loaded` or `unclear`, with the reason; 404 for another's question."""
        return self._take(request, inquiry_id)

    @once
    def _take(self, request: Request, inquiry_id: UUID, *, cause: UUID) -> Response:
        verdict = conversation.take_evidence(
            inquiry_id,
            _answers(request),
            person=request.user if isinstance(request.user, Person) else None,
            actor=actor_of(request),
            now=clock.now(),
        )
        return Response(VerdictView(verdict).data)


def _answers(request: Request) -> list[str]:
    said = Answers(data=request.data)
    said.is_valid(raise_exception=True)
    return list(said.validated_data["answers"])
