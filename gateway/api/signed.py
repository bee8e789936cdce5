"""A request of Django as signatures see it: what the wire said, put together again."""

from __future__ import annotations

from urllib.parse import quote

from django.http import HttpRequest

from gateway.signatures import Message

_PATH_SAFE = "/:@!$&'()*+,;=~"


def message_of(request: HttpRequest) -> Message:
    """The request as a message to verify.

    The path is percent-encoded anew from what the server decoded, in the one way that RFC 3986
    calls normal, so a path that was sent in another spelling does not verify. Host and scheme are
    those that Django believes (ALLOWED_HOSTS, and a proxy's word only where settings say so).
    """
    query = request.META.get("QUERY_STRING", "")
    return Message(
        method=request.method or "",
        authority=request.get_host(),
        path=quote(request.path, safe=_PATH_SAFE),
        query=query or None,
        scheme=request.scheme or "https",
        headers=tuple(request.headers.items()),
        body=request.body,
    )
