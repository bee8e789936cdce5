"""The door where a counting machine says what it counted in a box, signed by itself."""

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
from gateway.api.headers import IDEMPOTENCY_KEY
from gateway.idempotency.once import once
from gateway.kiosk import counters
from gateway.kiosk.api_machine import read
from gateway.kiosk.authentication import CounterAuthentication, IsCounter, heard_of
from gateway.topup.serializers import StrictInteger


class CountedNote(serializers.Serializer[Any]):
    """How many notes of one value."""

    value_fen = StrictInteger(min_value=100, max_value=10_000)
    count = StrictInteger(min_value=0, max_value=100_000)


class SlipWish(serializers.Serializer[Any]):
    """One slip of a counting machine: its number, the box it counted, its notes, when."""

    slip = serializers.RegexField(r"^[A-Za-z0-9][A-Za-z0-9 ./_-]{3,63}$")
    box = serializers.CharField(max_length=64)
    notes = CountedNote(many=True, max_length=16)  # type: ignore[call-arg]
    counted_at = serializers.DateTimeField()


class SlipView(serializers.Serializer[Any]):
    """The slip as it is kept."""

    id = serializers.UUIDField()
    counted_fen = serializers.IntegerField()


class CounterRecords(APIView):
    """清点记录."""

    authentication_classes = (CounterAuthentication,)
    permission_classes = (IsCounter,)

    @extend_schema(
        operation_id="kiosk_counter_record",
        request=SlipWish,
        responses={201: SlipView},
        parameters=[IDEMPOTENCY_KEY],
    )
    def post(self, request: Request) -> HttpResponse:
        """Keeps what the machine signed (tag `cash-counter`); an officer counts the box by it.

        The same slip again is the same; 409 `kiosk_record_differs` with other content.
        """
        return self._keep(request)

    @once
    def _keep(self, request: Request, *, cause: UUID) -> Response:
        wish = read(SlipWish, request)
        notes: dict[int, int] = {}
        for one in wish["notes"]:
            notes[one["value_fen"]] = notes.get(one["value_fen"], 0) + one["count"]
        slip = counters.Slip(
            number=wish["slip"], label=wish["box"], notes=notes, counted_at=wish["counted_at"]
        )
        record = counters.keep(heard_of(request), slip, now=clock.now())
        told = {"id": record.id, "counted_fen": record.counted_fen}
        return Response(SlipView(told).data, status=201)
