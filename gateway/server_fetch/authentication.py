"""Who is asking at the providers' doors: whoever signed the request (RFC 9421), nobody else."""

from __future__ import annotations

from typing import Any

from drf_spectacular.extensions import OpenApiAuthenticationExtension
from rest_framework.authentication import BaseAuthentication
from rest_framework.exceptions import PermissionDenied
from rest_framework.permissions import BasePermission
from rest_framework.request import Request

from accounts import clock
from accounts.actors import Actor
from accounts.models import WalletProvider
from gateway.api.signed import message_of
from gateway.server_fetch import guard


class ProviderAuthentication(BaseAuthentication):
    """The user is the provider whose key signed the request."""

    def authenticate(self, request: Request) -> tuple[WalletProvider, None]:
        """The provider; guard.admit's errors for everybody else."""
        return guard.admit(message_of(request._request), clock.now()), None


class SignatureScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    """Describes the signed request in the OpenAPI document."""

    target_class = "gateway.server_fetch.authentication.ProviderAuthentication"
    name = "signed"

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:
        """The OpenAPI security scheme."""
        return {
            "type": "apiKey",
            "in": "header",
            "name": "Signature",
            "description": (
                "HTTP Message Signatures (RFC 9421) with Signature-Input and, for a body, "
                "Content-Digest (RFC 9530); see docs/server-fetch.md."
            ),
        }


class IsProvider(BasePermission):
    """A wallet provider."""

    def has_permission(self, request: Request, view: Any) -> bool:
        """True for providers only."""
        return isinstance(request.user, WalletProvider)


def provider_of(request: Request) -> WalletProvider:
    """The provider who asks; the door has let only providers in."""
    holder: object = request.user
    if not isinstance(holder, WalletProvider):
        raise PermissionDenied
    return holder


def actor_of(provider: WalletProvider) -> Actor:
    """The provider as the trail knows it."""
    return Actor(kind="provider", id=provider.code)
