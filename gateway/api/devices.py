"""Where a citizen is signed in, and how well they are known: looked at and ended by themselves."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.http import HttpResponse
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.authentication import get_authorization_header
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts import app_tokens, clock, real_names, sign_ins
from accounts.models import SignIn
from gateway.api.authentication import person_of
from gateway.api.headers import IDEMPOTENCY_KEY
from gateway.api.permissions import IsCitizen
from gateway.idempotency.once import once


class DeviceView(serializers.ModelSerializer[SignIn]):
    """One browser or app that is signed in."""

    this = serializers.SerializerMethodField(help_text="whether it is the one that asks")

    class Meta:
        model = SignIn
        fields = ("id", "kind", "label", "began_at", "seen_at", "this")
        read_only_fields = fields

    def get_this(self, row: SignIn) -> bool:
        """Whether it is the one that asks."""
        return bool(row.pk == self.context.get("this"))


class Ended(serializers.Serializer[Any]):
    """How many devices were signed out."""

    ended = serializers.IntegerField()


class MeView(serializers.Serializer[Any]):
    """Who is signed in: the number masked, and the tier."""

    id = serializers.UUIDField()
    phone = serializers.CharField(help_text="`138****0984`")
    tier = serializers.ChoiceField(choices=[tier.value for tier in real_names.Tier])


class Me(APIView):
    """You."""

    permission_classes = (IsCitizen,)

    @extend_schema(operation_id="me", responses=MeView)
    def get(self, request: Request) -> Response:
        """Who this token belongs to, and whether the name is confirmed."""
        person = person_of(request)
        told = {"id": person.pk, "phone": person.masked_phone, "tier": real_names.tier_of(person)}
        return Response(MeView(told).data)


class Devices(APIView):
    """Your devices."""

    permission_classes = (IsCitizen,)

    @extend_schema(operation_id="devices_list", responses=DeviceView(many=True))
    def get(self, request: Request) -> Response:
        """Where you are signed in, lately used first."""
        rows = sign_ins.of(person_of(request), clock.now())
        return Response(DeviceView(rows, many=True, context={"this": this_of(request)}).data)


class DeviceRevoke(APIView):
    """One of your devices."""

    permission_classes = (IsCitizen,)

    @extend_schema(
        operation_id="devices_revoke",
        request=None,
        responses={200: Ended},
        parameters=[IDEMPOTENCY_KEY],
    )
    def post(self, request: Request, device_id: UUID) -> HttpResponse:
        """Signs this device out; another person's is not found."""
        return self._end(request, device_id)

    @once
    def _end(self, request: Request, device_id: UUID, *, cause: UUID) -> Response:
        now = clock.now()
        device = sign_ins.get(person_of(request), device_id, now)
        return Response({"ended": int(sign_ins.end(device, because="revoked", now=now))})


class OthersRevoke(APIView):
    """All of your other devices."""

    permission_classes = (IsCitizen,)

    @extend_schema(
        operation_id="devices_revoke_others",
        request=None,
        responses={200: Ended},
        parameters=[IDEMPOTENCY_KEY],
    )
    def post(self, request: Request) -> HttpResponse:
        """Signs out every device except the one that asks."""
        return self._end(request)

    @once
    def _end(self, request: Request, *, cause: UUID) -> Response:
        person, this = person_of(request), this_of(request)
        ended = sign_ins.end_others(person, but=this, because="revoked", now=clock.now())
        return Response({"ended": ended})


def this_of(request: Request) -> UUID | None:
    """The device that asks; None for a token that was minted by hand."""
    token = get_authorization_header(request).split()[-1].decode("ascii", "replace")
    return app_tokens.sign_in_of(token)
