"""How each visitor wants pages: language, light or dark, size of type; kept in cookies."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import get_language
from django.views.decorators.http import require_POST

from accounts import clock

LOOKS = ("auto", "light", "dark")
SIZES = ("ordinary", "large")
_YEAR = 365 * 24 * 3600


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """What a page's root element is told: `look` and `size` are among the words above."""

    language: str
    look: str
    size: str


def of(request: HttpRequest) -> Look:
    """What this visitor chose; a cookie that says nothing we know is no choice."""
    return Look(
        language=get_language() or settings.LANGUAGE_CODE,
        look=_known(request.COOKIES.get("look"), LOOKS),
        size=_known(request.COOKIES.get("size"), SIZES),
    )


def to_templates(request: HttpRequest) -> dict[str, Any]:
    """The context of every page: how it looks, and what time it is."""
    return {"look": of(request), "now": clock.now()}


@require_POST
def choose(request: HttpRequest) -> HttpResponse:
    """Keep what was chosen and go back to where it was chosen."""
    answer = HttpResponseRedirect(_back(request))
    languages = [code for code, _ in settings.LANGUAGES]
    for field, cookie, words in (
        ("language", settings.LANGUAGE_COOKIE_NAME, languages),
        ("look", "look", LOOKS),
        ("size", "size", SIZES),
    ):
        if request.POST.get(field) in words:
            answer.set_cookie(
                cookie,
                request.POST[field],
                max_age=_YEAR,
                secure=request.is_secure(),
                httponly=True,
                samesite="Lax",
            )
    return answer


def safe_path(text: str | None, otherwise: str) -> str:
    """A path of this house to go on to, or `otherwise`: never another host."""
    fine = text and text.startswith("/") and url_has_allowed_host_and_scheme(text, None)
    return text if fine and text else otherwise


def _back(request: HttpRequest) -> str:
    return safe_path(request.POST.get("back"), "/")


def _known(said: str | None, words: tuple[str, ...]) -> str:
    return said if said in words else words[0]
