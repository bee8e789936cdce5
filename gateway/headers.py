"""What every answer tells a browser it may do: nothing beyond this house."""

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse


class PageHeaders:
    """Puts the content security and permissions policies on every answer that has none."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        response.headers.setdefault("Content-Security-Policy", settings.CONTENT_SECURITY_POLICY)
        response.headers.setdefault(
            "Permissions-Policy", "camera=(), geolocation=(), microphone=(), payment=()"
        )
        return response
