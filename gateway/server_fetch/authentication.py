"""Who is asking at the providers' doors: whoever signed the request (RFC 9421), nobody else."""

from __future__ import annotations

from datetime import datetime

from rest_framework.request import Request

from accounts.actors import Actor
from accounts.models import WalletProvider
from gateway.api.machines import IsMachine, SignatureScheme, SignedMachine, machine_of
from gateway.server_fetch import guard
from gateway.signatures import Message


class ProviderAuthentication(SignedMachine):
    """The user is the provider whose key signed the request."""

    def admit(self, message: Message, now: datetime) -> tuple[WalletProvider, None]:
        """The provider; guard.admit's errors for everybody else."""
        return guard.admit(message, now), None


class ProviderScheme(SignatureScheme):  # type: ignore[no-untyped-call]
    """Describes it in the OpenAPI document."""

    target_class = "gateway.server_fetch.authentication.ProviderAuthentication"
    name = "signed"
    over = (
        ") with Signature-Input and, for a body, Content-Digest (RFC 9530); "
        "see docs/server-fetch.md."
    )


class IsProvider(IsMachine):
    """A wallet provider."""

    kind = WalletProvider


def provider_of(request: Request) -> WalletProvider:
    """The provider who asks; the door has let only providers in."""
    return machine_of(request, WalletProvider)


def actor_of(provider: WalletProvider) -> Actor:
    """The provider as the trail knows it."""
    return Actor(kind="provider", id=provider.code)
