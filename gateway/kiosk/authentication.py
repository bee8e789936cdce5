"""Who is asking at the kiosks' doors: the machine whose key signed the request, nobody else."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from rest_framework.request import Request

from accounts.actors import Actor
from accounts.models import Kiosk
from gateway.api import machines
from gateway.api.machines import IsMachine, SignatureScheme, SignedMachine, machine_of
from gateway.kiosk import counters, guard, sessions
from gateway.kiosk.counters import Heard
from gateway.kiosk.guard import Admitted
from gateway.kiosk.models import Counter
from gateway.signatures import Message


class KioskAuthentication(SignedMachine):
    """The user is the kiosk whose key signed the request; `auth` says with which key."""

    def admit(self, message: Message, now: datetime) -> tuple[Kiosk, Admitted]:
        """The kiosk; guard.admit's errors for everybody else."""
        admitted = guard.admit(message, now)
        return admitted.kiosk, admitted


class KioskScheme(SignatureScheme):  # type: ignore[no-untyped-call]
    """Describes it in the OpenAPI document."""

    target_class = "gateway.kiosk.authentication.KioskAuthentication"
    name = "kiosk"
    over = (
        ', tag "kiosk") over method, authority, path, query, Kiosk-Sequence and, for writes, '
        "Idempotency-Key and Content-Digest; created and expires; see docs/kiosk.md."
    )


class CounterAuthentication(SignedMachine):
    """The user is the counting machine that signed; `auth` is its word as it signed it."""

    def admit(self, message: Message, now: datetime) -> tuple[Counter, Heard]:
        """The machine; counters.admit's errors for everybody else."""
        return counters.admit(message, now)


class CounterScheme(SignatureScheme):  # type: ignore[no-untyped-call]
    """Describes it in the OpenAPI document."""

    target_class = "gateway.kiosk.authentication.CounterAuthentication"
    name = "counter"
    over = (
        ', tag "cash-counter") over method, authority, path, query, Idempotency-Key and '
        "Content-Digest; created and expires; see docs/kiosk.md."
    )


class IsKiosk(IsMachine):
    """A kiosk; before sign-on too. What it says of the past is taken even when it is stopped."""

    kind = Kiosk


class IsCounter(IsMachine):
    """A counting machine that two officers let speak."""

    kind = Counter


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
    return machine_of(request, Kiosk)


def admitted_of(request: Request) -> Admitted:
    """How it was let in."""
    return machines.admitted_of(request, Admitted)


def heard_of(request: Request) -> Heard:
    """What a counting machine signed."""
    return machines.admitted_of(request, Heard)


def actor_of(kiosk: Kiosk) -> Actor:
    """The kiosk as the trail knows it."""
    return Actor(kind="kiosk", id=str(kiosk.id))
