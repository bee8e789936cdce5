"""Who is asking at the kiosks' doors: the machine whose key signed the request, nobody else."""

from __future__ import annotations

from typing import Any

from drf_spectacular.extensions import OpenApiAuthenticationExtension
from rest_framework.authentication import BaseAuthentication
from rest_framework.exceptions import PermissionDenied
from rest_framework.permissions import BasePermission
from rest_framework.request import Request

from accounts import clock
from accounts.actors import Actor
from accounts.models import Kiosk
from gateway.api.signed import message_of
from gateway.kiosk import guard, sessions
from gateway.kiosk.guard import Admitted


class KioskAuthentication(BaseAuthentication):
    """The user is the kiosk whose key signed the request; `auth` says with which key."""

    def authenticate(self, request: Request) -> tuple[Kiosk, Admitted]:
        """The kiosk; guard.admit's errors for everybody else."""
        admitted = guard.admit(message_of(request._request), clock.now())
        return admitted.kiosk, admitted


class KioskSignatureScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    """Describes the signed request in the OpenAPI document."""

    target_class = "gateway.kiosk.authentication.KioskAuthentication"
    name = "kiosk"

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:
        """The OpenAPI security scheme."""
        return {
            "type": "apiKey",
            "in": "header",
            "name": "Signature",
            "description": (
                'HTTP Message Signatures (RFC 9421, tag "kiosk") over method, authority, path, '
                "query, Kiosk-Sequence and, for writes, Idempotency-Key and Content-Digest; "
                "created and expires; see docs/kiosk.md."
            ),
        }


class IsKiosk(BasePermission):
    """A kiosk; before sign-on too. What it says of the past is taken even when it is stopped."""

    def has_permission(self, request: Request, view: Any) -> bool:
        """True for kiosks only."""
        return isinstance(request.user, Kiosk)


class IsSignedOn(IsKiosk):
    """A kiosk that has signed on."""

    def has_permission(self, request: Request, view: Any) -> bool:
        """True for kiosks that are signed on; NotSignedOn for the others."""
        if not super().has_permission(request, view):
            return False
        sessions.current(kiosk_of(request))
        return True


class IsWorking(IsKiosk):
    """A kiosk in service that has signed on: it may do business."""

    def has_permission(self, request: Request, view: Any) -> bool:
        """True for kiosks that may do business; KioskNotInService, NotSignedOn."""
        if not super().has_permission(request, view):
            return False
        sessions.refuse_unless_working(kiosk_of(request))
        return True


def kiosk_of(request: Request) -> Kiosk:
    """The kiosk that asks; the door has let only kiosks in."""
    holder: object = request.user
    if not isinstance(holder, Kiosk):
        raise PermissionDenied
    return holder


def admitted_of(request: Request) -> Admitted:
    """How it was let in."""
    how: object = request.auth
    if not isinstance(how, Admitted):
        raise PermissionDenied
    return how


def actor_of(kiosk: Kiosk) -> Actor:
    """The kiosk as the trail knows it."""
    return Actor(kind="kiosk", id=str(kiosk.id))
