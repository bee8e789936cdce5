"""The console's one door: every address says who may enter, and what says nothing is shut."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import quote

from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.cache import add_never_cache_headers

from accounts import clock, officers, people, sessions, trail
from accounts.errors import DomainError
from accounts.officer_errors import FreshCodeNeeded
from gateway.console import landing, uploads
from gateway.console.seats import OfficerRequest, Seat

APP = "console"
COOKIE = "officer" if settings.IS_SANDBOX else "__Host-officer"


@dataclass(frozen=True, slots=True, kw_only=True)
class Entrance:
    """Who may enter one address.

    `roles` of which one is needed; `province` when it must be held for the whole province;
    `personal` when the page shows personal data, so that each view of it goes into the trail;
    `acts` when a POST changes something; `anybody` for the pages before signing in.
    """

    roles: frozenset[str] = frozenset()
    province: bool = False
    personal: bool = False
    acts: bool = False
    anybody: bool = False

    def admits(self, seat: Seat) -> bool:
        """Whether this officer may enter."""
        if not self.roles:
            return True
        everywhere = seat.pools(self.roles) is None
        return seat.holds(self.roles) and (everywhere or not self.province)


View = Callable[..., HttpResponse]


def seated(roles: frozenset[str], *, province: bool = False, personal: bool = False) -> Any:
    """A page to look at, for holders of one of `roles`; it takes GET and HEAD alone."""
    entrance = Entrance(roles=roles, province=province, personal=personal)

    def put_on(view: View) -> View:
        def look(request: OfficerRequest, **named: Any) -> HttpResponse:
            if request.method not in ("GET", "HEAD"):
                return _only("GET")
            return view(request, **named)

        return _with(look, entrance, view.__doc__)

    return put_on


def acting(roles: frozenset[str], ask: View, *, province: bool = False) -> Any:
    """An act: GET asks, POST does it, and only with a second factor of the last five minutes.

    `ask` draws the asking page and takes `mistake`, a DomainError, by name. A refusal, also of
    the factor, comes back as that page with the mistake on it.
    """
    entrance = Entrance(roles=roles, province=province, acts=True)

    def put_on(do: View) -> View:
        def look_or_act(request: OfficerRequest, **named: Any) -> HttpResponse:
            if request.method in ("GET", "HEAD"):
                return ask(request, **named)
            if request.method != "POST":
                return _only("GET, POST")
            secret = None
            try:
                secret = _shown_again(request, clock.now())
                answer = do(request, **named)
            except DomainError as refused:
                answer = ask(request, mistake=refused, **named)
                answer.status_code = 409
            if secret is not None:
                keep(answer, secret)
            return answer

        return _with(look_or_act, entrance, do.__doc__)

    return put_on


def anybody(view: View) -> View:
    """A page for people who have not signed in."""
    return _with(view, Entrance(anybody=True), view.__doc__)


def everybody_seated(view: View) -> View:
    """A page for whoever has signed in, whatever their roles."""
    return _with(view, Entrance(), view.__doc__)


class Door:
    """Stands before every address of the console."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.path.startswith(f"/{APP}/"):
            uploads.measure(request)
        answer = self.get_response(request)
        match = request.resolver_match
        if match is not None and match.app_name == APP:
            add_never_cache_headers(answer)
        return answer

    def process_view(
        self, request: HttpRequest, view: View, args: tuple[Any, ...], named: dict[str, Any]
    ) -> HttpResponse | None:
        """Let in, send to sign in, or refuse."""
        match = request.resolver_match
        if match is None or match.app_name != APP:
            return None
        entrance: Entrance | None = getattr(view, "entrance", None)
        if entrance is None:
            raise PermissionDenied
        if entrance.anybody:
            return None
        now = clock.now()
        seat = seat_of(request, now)
        if seat is None:
            return HttpResponseRedirect(_sign_in_address(request))
        if not entrance.admits(seat):
            own = landing.first_page(seat)
            if match.url_name == landing.HOME and own != request.path:
                return HttpResponseRedirect(own)
            raise PermissionDenied
        request.seat = seat  # type: ignore[attr-defined]
        if entrance.personal:
            what = ",".join(str(value) for value in named.values()) or request.path
            trail.record(
                "personal_data_viewed",
                actor=seat.actor,
                now=now,
                subject=what,
                page=match.view_name,
            )
        return None


def to_templates(request: HttpRequest) -> dict[str, bool]:
    """For every page drawn for a seat: whether a form that acts must ask for the code again.

    It is read while the page is drawn: after a code that was taken, it is not asked twice.
    """
    seat: Seat | None = getattr(request, "seat", None)
    return {} if seat is None else {"needs_code": not sessions.is_fresh(seat.session, clock.now())}


def seat_of(request: HttpRequest, now: datetime) -> Seat | None:
    """Who sits behind this browser's cookie; None when its session does not hold."""
    secret = request.COOKIES.get(COOKIE)
    return seat_by(secret, now) if secret else None


def seat_by(secret: str, now: datetime) -> Seat | None:
    """Whose session this secret is of; None when it does not hold."""
    session = sessions.find(secret, now)
    if session is None:
        return None
    person = session.officer.person
    return Seat(
        session=session,
        person=person,
        name=session.officer.name,
        grants=tuple((one.role, one.pool) for one in people.roles_of(person, now)),
    )


def keep(answer: HttpResponse, secret: str) -> None:
    """Give the browser the secret of its session: for this host alone, unseen by scripts."""
    answer.set_cookie(COOKIE, secret, secure=not settings.IS_SANDBOX, httponly=True, samesite="Lax")


def forget(answer: HttpResponse) -> None:
    """Take the secret of the session back."""
    answer.delete_cookie(COOKIE, samesite="Lax")


def _shown_again(request: OfficerRequest, now: datetime) -> str | None:
    """The session's new secret when the factor had to be shown again, None when it was fresh."""
    if sessions.is_fresh(request.seat.session, now):
        return None
    code = request.POST.get("code", "").strip()
    if not code:
        raise FreshCodeNeeded
    return officers.confirm(request.seat.session, code, now)


def _sign_in_address(request: HttpRequest) -> str:
    address = reverse("console:sign-in")
    back = request.get_full_path() if request.method == "GET" else ""
    return f"{address}?next={quote(back)}" if back and request.path != "/console/" else address


def _with(view: View, entrance: Entrance, told: str | None) -> View:
    def shown(request: Any, **named: Any) -> HttpResponse:
        return view(request, **named)

    shown.__doc__ = told
    shown.entrance = entrance  # type: ignore[attr-defined]
    return shown


def _only(methods: str) -> HttpResponse:
    return HttpResponse(status=405, headers={"Allow": methods})
