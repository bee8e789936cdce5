"""Who is asking at the doors of signed machines (RFC 9421): whoever signed, and nobody else.

A room says how it admits a message and what kind of row its machine is; the rest is the same for
kiosks, counting machines and wallet providers.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any, ClassVar, TypeVar

from drf_spectacular.extensions import OpenApiAuthenticationExtension
from rest_framework.authentication import BaseAuthentication
from rest_framework.exceptions import PermissionDenied
from rest_framework.permissions import BasePermission
from rest_framework.request import Request

from accounts import clock
from gateway.api.signed import message_of
from gateway.signatures import Message

Held = TypeVar("Held")


class SignedMachine(BaseAuthentication):
    """The user is the machine whose key signed the request; `auth` is how it was let in."""

    def admit(self, message: Message, now: datetime) -> tuple[Any, Any]:
        """The machine and how it was let in; the room's errors for everybody else."""
        raise NotImplementedError

    def authenticate(self, request: Request) -> tuple[Any, Any]:
        """The machine; the errors of `admit`."""
        return self.admit(message_of(request._request), clock.now())


class SignatureScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    """Describes a signed request in the OpenAPI document; each room says over what."""

    target_class: Any = None
    name: Any = None
    over: ClassVar[str] = ""

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:
        """The OpenAPI security scheme."""
        description = f"HTTP Message Signatures (RFC 9421{self.over}"
        return {"type": "apiKey", "in": "header", "name": "Signature", "description": description}


class IsMachine(BasePermission):
    """A machine of one kind."""

    kind: ClassVar[type]

    def has_permission(self, request: Request, view: Any) -> bool:
        """True for machines of this kind only."""
        return isinstance(request.user, self.kind)


def machine_of(request: Request, kind: type[Held]) -> Held:
    """The machine that asks; the door has let only this kind in."""
    holder: object = request.user
    if not isinstance(holder, kind):
        raise PermissionDenied
    return holder


def admitted_of(request: Request, kind: type[Held]) -> Held:
    """How it was let in."""
    how: object = request.auth
    if not isinstance(how, kind):
        raise PermissionDenied
    return how
