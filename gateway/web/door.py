"""The citizens' one door: every address says who may enter, and what says nothing is shut."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from functools import wraps
from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.urls import reverse
from django.utils.cache import add_never_cache_headers

from accounts import clock, sign_ins
from accounts.actors import Actor
from accounts.models import Person, SignIn
from gateway.pages.looks import safe_path

APP = "web"
COOKIE = "citizen" if settings.IS_SANDBOX else "__Host-citizen"
CHALLENGE = "challenge" if settings.IS_SANDBOX else "__Host-challenge"


class Who(StrEnum):
    """Who may enter an address.

    ANYBODY: the ways in. BY_LINK: whoever holds the secret in the address (a payment code).
    CITIZEN: who is signed in, and then only to what is theirs. CONFIRMED: who has shown a code
    within the last ten minutes, for what a thief with the phone in hand must not do.
    """

    ANYBODY = "anybody"
    BY_LINK = "by_link"
    CITIZEN = "citizen"
    CONFIRMED = "confirmed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Entrance:
    """Who may enter one address."""

    who: Who


View = Callable[..., HttpResponseBase]


class CitizenRequest(HttpRequest):
    """A request that the door has let in; `sign_in` is the device that asks, `person` its owner."""

    sign_in: SignIn
    person: Person


def opens_to(who: Who) -> Callable[[View], View]:
    """Say who may enter a view; the door keeps to it."""

    def put_on(view: View) -> View:
        @wraps(view)
        def shown(request: Any, **named: Any) -> HttpResponseBase:
            return view(request, **named)

        shown.entrance = Entrance(who=who)  # type: ignore[attr-defined]
        return shown

    return put_on


anybody = opens_to(Who.ANYBODY)
by_link = opens_to(Who.BY_LINK)
citizen = opens_to(Who.CITIZEN)
confirmed = opens_to(Who.CONFIRMED)


class Door:
    """Stands before every address of the citizens' pages."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        answer = self.get_response(request)
        match = request.resolver_match
        if match is not None and (match.app_name == APP or _is_somebody_s(match.func)):
            add_never_cache_headers(answer)
        return answer

    def process_view(
        self, request: HttpRequest, view: View, args: tuple[Any, ...], named: dict[str, Any]
    ) -> HttpResponse | None:
        """Let in, send to sign in, or refuse."""
        match = request.resolver_match
        entrance = _entrance_of(view)
        if match is None or (match.app_name != APP and not isinstance(entrance, Entrance)):
            return None
        if not isinstance(entrance, Entrance):
            raise PermissionDenied
        if entrance.who is Who.BY_LINK:
            return None
        now = clock.now()
        sign_in = sign_in_of(request, now)
        if sign_in is not None:
            request.sign_in, request.person = sign_in, sign_in.person  # type: ignore[attr-defined]
        if entrance.who is Who.ANYBODY:
            return None
        if sign_in is None:
            return HttpResponseRedirect(sign_in_address(request))
        if entrance.who is Who.CONFIRMED and not sign_ins.is_fresh(sign_in, now):
            return HttpResponseRedirect(sign_in_address(request, again=True))
        return None


def _entrance_of(view: object) -> object:
    return getattr(view, "entrance", None)


def _is_somebody_s(view: object) -> bool:
    """Whether a page of any room is one citizen's; pages by link say themselves what is kept."""
    entrance = _entrance_of(view)
    return isinstance(entrance, Entrance) and entrance.who is not Who.BY_LINK


def sign_in_of(request: HttpRequest, now: datetime) -> SignIn | None:
    """The device behind this browser's cookie; None when its session does not hold."""
    secret = request.COOKIES.get(COOKIE)
    return sign_ins.find(secret, now) if secret else None


def actor_of(request: CitizenRequest) -> Actor:
    """Who asks, as the trail knows them."""
    return sign_ins.citizen(request.person.pk)


def keep(answer: HttpResponse, secret: str) -> None:
    """Give the browser the secret of its session: for this host alone, unseen by scripts."""
    _set(answer, COOKIE, secret, int(sign_ins.LONGEST.total_seconds()))


def keep_challenge(answer: HttpResponse, challenge: str) -> None:
    """Give the browser the challenge that its code belongs to, for ten minutes."""
    _set(answer, CHALLENGE, challenge, 600)


def forget(answer: HttpResponse, *names: str) -> None:
    """Take cookies back; all of ours when none is named."""
    for name in names or (COOKIE, CHALLENGE):
        answer.delete_cookie(name, samesite="Lax")


def within(text: str | None, otherwise: str = "/") -> str:
    """A path of the citizens' pages to go on to: never another host, never the console."""
    path = safe_path(text, otherwise)
    return otherwise if path.startswith(("/console", "/api", "/sandbox")) else path


def sign_in_address(request: HttpRequest, *, again: bool = False) -> str:
    """Where to sign in, and to come back from; a POST comes back to where it was begun."""
    back = request.get_full_path() if request.method in ("GET", "HEAD") else ""
    told = {"next": back} if back and back != "/" else {}
    told |= {"again": "1"} if again else {}
    address = reverse("web:sign-in")
    return f"{address}?{urlencode(told)}" if told else address


def _set(answer: HttpResponse, name: str, value: str, seconds: int) -> None:
    answer.set_cookie(
        name,
        value,
        max_age=seconds,
        secure=not settings.IS_SANDBOX,
        httponly=True,
        samesite="Lax",
    )
