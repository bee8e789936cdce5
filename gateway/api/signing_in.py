"""How an app comes in: a code by message, then a pair of tokens that turns at every refresh."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts import app_tokens, clock, sign_in_codes, signing_in
from accounts.app_tokens import Pair
from gateway.api.headers import IDEMPOTENCY_KEY
from gateway.idempotency.once import key_of
from gateway.messages import sending
from gateway.messages.errors import MessageDoubtful
from gateway.proxies import client_address

QUIET = {"Cache-Control": "no-store"}


class PhoneWish(serializers.Serializer[Any]):
    """The number that shall receive a code."""

    phone = serializers.CharField(max_length=20, help_text="a mainland mobile number")


class CodeAsked(serializers.Serializer[Any]):
    """A code is on its way. The same for every number, whether it is known here or not."""

    challenge = serializers.CharField(help_text="show it again together with the code")
    expires_at = serializers.DateTimeField()
    again_at = serializers.DateTimeField(help_text="not before may another code be asked for")
    sent = serializers.ChoiceField(
        choices=["yes", "doubtful"], help_text="`doubtful`: the message may come late or not at all"
    )


class CodeShown(serializers.Serializer[Any]):
    """The code, and what to call this device in the list of devices."""

    challenge = serializers.CharField(max_length=64)
    code = serializers.CharField(max_length=12, help_text="six digits")
    device = serializers.CharField(max_length=80, help_text="as its owner would call it")


class RefreshWish(serializers.Serializer[Any]):
    """The newest refresh token."""

    refresh_token = serializers.CharField(max_length=80)


class TokenNamed(serializers.Serializer[Any]):
    """An access or a refresh token."""

    token = serializers.CharField(max_length=80)


class TokenPair(serializers.Serializer[Any]):
    """Two tokens, told once. The access token goes into `Authorization: Bearer`."""

    access_token = serializers.CharField()
    access_until = serializers.DateTimeField()
    refresh_token = serializers.CharField()
    refresh_until = serializers.DateTimeField()


class BeforeSigningIn(APIView):
    """A door for whoever has no token yet."""

    authentication_classes = ()
    permission_classes = (AllowAny,)


class SignInCode(BeforeSigningIn):
    """Ask for a code."""

    @extend_schema(
        operation_id="signin_code", request=PhoneWish, responses={202: CodeAsked}, auth=[]
    )
    def post(self, request: Request) -> Response:
        """Sends a code of six digits to the number, good for five minutes and five tries.

        One a minute for a number (429 `signin_code_too_soon`, with `Retry-After`); so many a day
        for a number and an hour for an address (429 `signin_codes_spent`).
        """
        wish = _read(PhoneWish, request)
        now = clock.now()
        asked = sign_in_codes.ask(wish["phone"], address=address_of(request), now=now)
        sent = "yes"
        try:
            sending.send_code(asked, now=now)
        except MessageDoubtful:
            sent = "doubtful"
        told = {
            "challenge": asked.challenge,
            "expires_at": asked.expires_at,
            "again_at": asked.again_at,
            "sent": sent,
        }
        return Response(CodeAsked(told).data, status=202, headers=QUIET)


class SignIn(BeforeSigningIn):
    """Show the code."""

    @extend_schema(operation_id="signin", request=CodeShown, responses={200: TokenPair}, auth=[])
    def post(self, request: Request) -> Response:
        """Exchanges the code for a pair of tokens; enrols the number when it is new.

        `signin_code_wrong` tells in `facts.left` how often it may still be tried;
        `signin_code_over` wants a new code.
        """
        shown = _read(CodeShown, request)
        pair = signing_in.by_app(
            shown["challenge"],
            shown["code"],
            label=shown["device"],
            address=address_of(request),
            now=clock.now(),
        )
        return _told(pair)


class TokenRefresh(BeforeSigningIn):
    """Turn the pair."""

    @extend_schema(
        operation_id="tokens_refresh",
        request=RefreshWish,
        responses={200: TokenPair},
        parameters=[IDEMPOTENCY_KEY],
        auth=[],
    )
    def post(self, request: Request) -> Response:
        """The next pair; the old access token and the old refresh token work no more.

        After a lost reply, ask again with the same token and the same key: the same pair is told
        while it is unused. An old token with any other key is taken for theft: the sign-in ends
        (401 `refresh_token_reused`).
        """
        wish = _read(RefreshWish, request)
        key = key_of(request.headers.get("Idempotency-Key", ""))
        return _told(app_tokens.refresh(wish["refresh_token"], key=key, now=clock.now()))


class TokenRevoke(BeforeSigningIn):
    """Sign out."""

    @extend_schema(operation_id="tokens_revoke", request=TokenNamed, responses={204: None}, auth=[])
    def post(self, request: Request) -> Response:
        """Ends the sign-in that this token belongs to; 204 also for a token nobody knows."""
        app_tokens.revoke(_read(TokenNamed, request)["token"], clock.now())
        return Response(status=204)


def address_of(request: Request) -> str:
    """Where the request comes from, empty when the server told no address."""
    return client_address(request.META, settings.TRUSTED_PROXIES) or ""


def _read(shape: type[serializers.Serializer[Any]], request: Request) -> dict[str, Any]:
    read = shape(data=request.data)
    read.is_valid(raise_exception=True)
    return dict(read.validated_data)


def _told(pair: Pair) -> Response:
    told = {
        "access_token": pair.access,
        "access_until": pair.access_until,
        "refresh_token": pair.refresh,
        "refresh_until": pair.refresh_until,
    }
    return Response(TokenPair(told).data, headers=QUIET)
