"""The doors where a kiosk is a machine: enrolment, keys, sign-on, lists, heartbeat."""

from __future__ import annotations

from typing import Any, TypeVar

from django.http import HttpResponse
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts import clock
from accounts.errors import DomainError
from gateway.api.headers import IDEMPOTENCY_KEY
from gateway.api.signed import message_of
from gateway.idempotency.once import once
from gateway.kiosk import card_lists, fleet, guard, keys, records, sessions
from gateway.kiosk.authentication import (
    IsKiosk,
    IsSignedOn,
    KioskAuthentication,
    admitted_of,
    kiosk_of,
)
from gateway.kiosk.errors import EnrolmentRefused
from gateway.kiosk.serializers import (
    CardListView,
    EnrolWish,
    HeartbeatView,
    HeartbeatWish,
    KeyView,
    NewKey,
    SignedOffView,
    SignedOnView,
)
from gateway.signatures.errors import SignatureFromFuture, SignatureStale

SEQUENCE = OpenApiParameter(
    name="Kiosk-Sequence",
    location=OpenApiParameter.HEADER,
    required=True,
    type={"type": "integer", "minimum": 1},
    description=(
        "A number that rises with every request of the kiosk, signed with it. A number that does "
        "not rise is 409 `kiosk_sequence_used`, unless it is that very write again."
    ),
)
READS, WRITES = [SEQUENCE], [SEQUENCE, IDEMPOTENCY_KEY]
Said = TypeVar("Said", bound=serializers.Serializer[Any])


class KioskDoor(APIView):
    """A door for signed requests of kiosks that have signed on."""

    authentication_classes = (KioskAuthentication,)
    permission_classes: tuple[type[IsKiosk], ...] = (IsSignedOn,)


class Enrolments(APIView):
    """A machine makes itself known."""

    authentication_classes = ()
    permission_classes = ()

    @extend_schema(operation_id="kiosk_enrol", auth=[], request=EnrolWish, responses={201: KeyView})
    def post(self, request: Request) -> Response:
        """Takes the first key; the request is signed with it (tag `kiosk-enrolment`).

        The code works once; the same code and key again is answered again. 403
        `kiosk_enrolment_refused` does not say what is wrong; only a wrong clock is told
        (`facts.skew_seconds`), before any code is looked at, or the machine could never begin.
        """
        wish, now = read(EnrolWish, request), clock.now()
        message = message_of(request._request)
        try:
            kiosk, key = keys.enrol(
                wish["code"],
                algorithm=wish["algorithm"],
                public_pem=wish["public_pem"],
                message=message,
                now=now,
            )
        except DomainError as refused:
            guard.alarm(refused, message, now)
            if isinstance(refused, SignatureStale | SignatureFromFuture):
                raise
            raise EnrolmentRefused from refused
        return Response(_key_view(kiosk.code, key), status=201)


class Keys(KioskDoor):
    """The next key."""

    permission_classes = (IsKiosk,)

    @extend_schema(
        operation_id="kiosk_key_rotate",
        request=NewKey,
        responses={201: KeyView},
        parameters=WRITES,
    )
    def post(self, request: Request) -> HttpResponse:
        """Signed twice: by the old key (tag `kiosk`) and by the new one (tag `kiosk-new-key`).

        The old one works until the first request under the new one; then never again.
        """
        return self._rotate(request)

    @once
    def _rotate(self, request: Request, *, cause: object) -> Response:
        wish = read(NewKey, request)
        kiosk, admitted = kiosk_of(request), admitted_of(request)
        key = keys.rotate(
            kiosk,
            admitted.key,
            algorithm=wish["algorithm"],
            public_pem=wish["public_pem"],
            message=message_of(request._request),
            now=clock.now(),
        )
        return Response(_key_view(kiosk.code, key), status=201)


class SignOn(KioskDoor):
    """签到."""

    permission_classes = (IsKiosk,)

    @extend_schema(
        operation_id="kiosk_sign_on",
        request=None,
        responses={201: SignedOnView},
        parameters=WRITES,
    )
    def post(self, request: Request) -> HttpResponse:
        """Work key, parameters, versions, and the next number of the kiosk's journal."""
        return self._sign_on(request)

    @once
    def _sign_on(self, request: Request, *, cause: object) -> Response:
        kiosk, now = kiosk_of(request), clock.now()
        made = sessions.sign_on(kiosk, now=now)
        told = {
            "session_id": made.session.id,
            "work_key": made.work_key.hex(),
            "parameters": made.parameters,
            "parameters_version": made.parameters_version,
            "list_version": made.list_version,
            "next_record": records.last_number(kiosk) + 1,
            "stopped": made.stopped,
            "now": now,
        }
        return Response(SignedOnView(told).data, status=201)


class SignOff(KioskDoor):
    """签退."""

    permission_classes = (IsKiosk,)

    @extend_schema(
        operation_id="kiosk_sign_off", request=None, responses=SignedOffView, parameters=WRITES
    )
    def post(self, request: Request) -> HttpResponse:
        """Ends the session; nothing works before the next sign-on."""
        return self._sign_off(request)

    @once
    def _sign_off(self, request: Request, *, cause: object) -> Response:
        ended = sessions.sign_off(kiosk_of(request), now=clock.now())
        return Response(SignedOffView({"ended": ended}).data)


class CardList(KioskDoor):
    """Cards that must not be served."""

    @extend_schema(operation_id="kiosk_card_list", responses=CardListView, parameters=READS)
    def get(self, request: Request, version: int) -> Response:
        """What changed since this version; from 0 the whole list."""
        return Response(CardListView(card_lists.since(version)).data)


class Heartbeats(KioskDoor):
    """心跳."""

    @extend_schema(
        operation_id="kiosk_heartbeat",
        request=HeartbeatWish,
        responses=HeartbeatView,
        parameters=WRITES,
    )
    def post(self, request: Request) -> HttpResponse:
        """Version, paper, cash level and error codes; told back whether it is stopped."""
        return self._hear(request)

    @once
    def _hear(self, request: Request, *, cause: object) -> Response:
        kiosk, now = kiosk_of(request), clock.now()
        wish = read(HeartbeatWish, request)
        wish["errors"] = wish.pop("error_codes")
        fleet.hear(kiosk, wish, now=now)
        session = sessions.current(kiosk)
        told = {
            "stopped": kiosk.state != "in_service",
            "parameters_version": session.parameters_version,
            "list_version": card_lists.version(),
            "now": now,
        }
        return Response(HeartbeatView(told).data)


def read(kind: type[Said], request: Request) -> dict[str, Any]:
    """What the body says, checked; the framework's ValidationError otherwise."""
    said = kind(data=request.data)
    said.is_valid(raise_exception=True)
    return dict(said.validated_data)


def _key_view(kiosk: str, key: Any) -> dict[str, Any]:
    told = {"kiosk": kiosk, "key_id": key.key_id, "expires_at": key.expires_at}
    return dict(KeyView(told).data)
