"""Who is asking: a bearer token, known only by its hash."""

from __future__ import annotations

from typing import Any

from drf_spectacular.extensions import OpenApiAuthenticationExtension
from rest_framework.authentication import BaseAuthentication, get_authorization_header
from rest_framework.exceptions import AuthenticationFailed, PermissionDenied
from rest_framework.request import Request

from accounts import clock, tokens
from accounts.actors import Actor
from accounts.models import Person

KEYWORD = b"bearer"


class BearerAuthentication(BaseAuthentication):
    """``Authorization: Bearer …``; the user is the token's holder: a person or a kiosk."""

    def authenticate(self, request: Request) -> tuple[Any, None] | None:
        """The holder; None without the header. Raises AuthenticationFailed on any other fault."""
        parts = get_authorization_header(request).split()
        if not parts or parts[0].lower() != KEYWORD:
            return None
        if len(parts) != 2:
            raise AuthenticationFailed
        holder = tokens.holder_of(parts[1].decode("ascii", "replace"), clock.now())
        if holder is None:
            raise AuthenticationFailed
        return holder, None

    def authenticate_header(self, request: Request) -> str:
        """Makes an unauthenticated answer 401."""
        return 'Bearer realm="gateway"'


class BearerScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    """Describes the bearer token in the OpenAPI document."""

    target_class = "gateway.api.authentication.BearerAuthentication"
    name = "bearer"

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:
        """The OpenAPI security scheme."""
        return {"type": "http", "scheme": "bearer"}


def person_of(request: Request) -> Person:
    """The person who asks; the door's permission has let only people in."""
    holder: object = request.user
    if not isinstance(holder, Person):
        raise PermissionDenied
    return holder


def actor_of(request: Request) -> Actor:
    """The asker as the trail knows them."""
    holder: object = request.user
    if isinstance(holder, Person):
        return Actor(kind="citizen", id=str(holder.pk))
    return Actor(kind="kiosk", id=str(request.user.pk))
