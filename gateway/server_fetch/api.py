"""The doors of server-fetch loads: one for the citizen's app, the others for providers' servers."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.http import HttpResponse
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts import clock
from gateway.api.authentication import person_of
from gateway.api.headers import IDEMPOTENCY_KEY
from gateway.api.permissions import IsCitizen
from gateway.idempotency.once import once
from gateway.server_fetch import services
from gateway.server_fetch.authentication import IsProvider, ProviderAuthentication, provider_of
from gateway.server_fetch.serializers import (
    ChallengeWish,
    CreditView,
    EvidenceWish,
    FetchedView,
    FetchWish,
    ResultWish,
    StandingView,
    WalletOrderView,
    WalletOrderWish,
    challenge_in,
    result_in,
)
from gateway.topup.serializers import Answers, ScriptView, VerdictView, aid_in


class WalletOrders(APIView):
    """Hands a paid top-up to a phone's wallet."""

    permission_classes = (IsCitizen,)

    @extend_schema(
        operation_id="topups_wallet_order",
        request=WalletOrderWish,
        responses={201: WalletOrderView},
        parameters=[IDEMPOTENCY_KEY],
    )
    def post(self, request: Request, topup_id: UUID) -> HttpResponse:
        """The signed order for the wallet's app call; the provider may fetch the load then."""
        return self._sign(request, topup_id)

    @once
    def _sign(self, request: Request, topup_id: UUID, *, cause: UUID) -> Response:
        wish = _read(WalletOrderWish, request)
        signed = services.sign_order(
            topup_id, person=person_of(request), provider_code=wish["provider"], now=clock.now()
        )
        return Response(WalletOrderView(signed).data, status=201)


class ProviderDoor(APIView):
    """A door for signed requests of wallet providers."""

    authentication_classes = (ProviderAuthentication,)
    permission_classes = (IsProvider,)


class ProviderOrder(ProviderDoor):
    """One of your orders."""

    @extend_schema(operation_id="provider_order_get", responses=StandingView)
    def get(self, request: Request, order_no: str) -> Response:
        """Where it stands; another provider's order is not found."""
        found = services.look(provider_of(request), order_no)
        told = [{"load_id": load_id, "state": state} for load_id, state in found.loads]
        return Response(
            StandingView(
                {
                    "order_no": found.order_no,
                    "card_no": found.card_no,
                    "amount_fen": found.amount_fen,
                    "state": found.state,
                    "loads": told,
                }
            ).data
        )


class ProviderLoads(ProviderDoor):
    """Fetches the load of an order."""

    @extend_schema(
        operation_id="provider_load_open", request=FetchWish, responses={201: FetchedView}
    )
    def post(self, request: Request, order_no: str) -> Response:
        """What to send to the card, up to INITIALIZE FOR LOAD; asked again it is the same load.

        409 `load_unresolved`: an earlier load of the card is in doubt, show evidence first.
        """
        wish = _read(FetchWish, request)
        opened = services.open_load(
            provider_of(request),
            order_no,
            card_no=wish["card_no"],
            aid=aid_in(wish),
            now=clock.now(),
        )
        told = {
            "order_no": order_no,
            "load_id": opened.talk.load_id,
            "amount_fen": opened.initialize.amount_fen,
            "expires_at": opened.initialize.expires_at,
            "script": opened.talk.script,
            "initialize": opened.initialize,
        }
        return Response(FetchedView(told).data, status=201)


class ProviderChallenge(ProviderDoor):
    """Takes the card's answer to INITIALIZE FOR LOAD."""

    @extend_schema(
        operation_id="provider_load_challenge", request=ChallengeWish, responses=CreditView
    )
    def post(self, request: Request, order_no: str, load_id: UUID) -> Response:
        """CREDIT FOR LOAD with its MAC2; the same challenge always gets the same command."""
        wish = _read(ChallengeWish, request)
        seal = services.seal(
            provider_of(request),
            order_no,
            load_id,
            card_no=wish["card_no"],
            amount_fen=wish["amount_fen"],
            answers=challenge_in(wish),
            now=clock.now(),
        )
        told = {"order_no": order_no, "load_id": load_id, "script": seal.script}
        return Response(CreditView(told).data)


class ProviderResult(ProviderDoor):
    """Takes what became of CREDIT FOR LOAD."""

    @extend_schema(operation_id="provider_load_result", request=ResultWish, responses=VerdictView)
    def post(self, request: Request, order_no: str, load_id: UUID) -> Response:
        """`loaded` on a TAC that verifies, each time it is said; else `in_doubt`, never failed."""
        wish = _read(ResultWish, request)
        verdict = services.take_result(
            provider_of(request),
            order_no,
            load_id,
            status=wish["status"],
            answers=result_in(wish),
            now=clock.now(),
        )
        return Response(VerdictView(verdict).data)


class ProviderEvidence(ProviderDoor):
    """The order's card is seen again while a load of it is in doubt."""

    @extend_schema(
        operation_id="provider_evidence_open", request=EvidenceWish, responses={201: ScriptView}
    )
    def post(self, request: Request, order_no: str) -> Response:
        """The commands that let the card say what is on it."""
        wish = _read(EvidenceWish, request)
        talk = services.open_evidence(
            provider_of(request), order_no, aid=aid_in(wish), now=clock.now()
        )
        return Response(ScriptView({"id": talk.inquiry_id, "script": talk.script}).data, status=201)


class ProviderEvidenceAnswers(ProviderDoor):
    """Takes what the order's card showed."""

    @extend_schema(operation_id="provider_evidence_take", request=Answers, responses=VerdictView)
    def post(self, request: Request, order_no: str, inquiry_id: UUID) -> Response:
        """`loaded`, `not_loaded` or `unclear`, with the reason."""
        wish = _read(Answers, request)
        verdict = services.take_evidence(
            provider_of(request), order_no, inquiry_id, list(wish["answers"]), now=clock.now()
        )
        return Response(VerdictView(verdict).data)


def _read(kind: type[serializers.Serializer[Any]], request: Request) -> dict[str, Any]:
    said = kind(data=request.data)
    said.is_valid(raise_exception=True)
    return dict(said.validated_data)
