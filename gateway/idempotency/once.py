"""The door of every write: claims the key, runs the work once, answers the same bytes again."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import wraps
from typing import Any
from uuid import UUID

from django.http import HttpResponse
from rest_framework.exceptions import APIException
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts import clock
from accounts.errors import DomainError
from gateway.idempotency import services
from gateway.idempotency.errors import KeyMissing, StillRunning
from gateway.idempotency.services import Claim, Stored

REPLAYED = "Idempotency-Replayed"
_KEY = re.compile(r'"?([\x21\x23-\x7e]{1,255}?)"?')
_UNDECIDED = 500
_NOT_NOW = frozenset({409, 425, 429})
"""Refusals that speak of this moment only: nothing happened, and later it may."""


def once(handler: Callable[..., Response]) -> Callable[..., HttpResponse]:
    """Runs an APIView's write handler at most once per Idempotency-Key.

    The handler gets ``cause``, a UUIDv7 from which it derives the ids of what it makes, so that
    a run after a crash finds what the first one made. Answers below 500 are stored and given
    again byte for byte; above, the key is freed, since nothing was decided, and so it is after a
    conflict: what stands in the way now may be gone when the same request comes again, and the
    same cause makes nothing twice. An answer that cannot
    be kept, because the run outlived its lease and another took over, is not given: StillRunning.
    """

    @wraps(handler)
    def run(view: APIView, request: Request, *args: Any, **kwargs: Any) -> HttpResponse:
        claimed = services.claim(
            principal=principal_of(request),
            route=f"{request.method} {view.__class__.__name__}",
            key=key_of(request.headers.get("Idempotency-Key", "")),
            print_=services.fingerprint(
                request.method or "", request.get_full_path(), request.body
            ),
            now=clock.now(),
        )
        if isinstance(claimed, Stored):
            return _reply(claimed.status, claimed.content_type, claimed.body, replayed=True)
        return _run(view, handler, claimed, request, *args, **kwargs)

    return run


def key_of(header: str) -> str:
    """The key out of the header: a quoted sf-string or the bare token. Raises KeyMissing."""
    found = _KEY.fullmatch(header.strip())
    if found is None:
        raise KeyMissing
    return found.group(1)


def principal_of(request: Request) -> str:
    """Who asks, as the key's scope: kind and id of the token's holder."""
    return f"{type(request.user).__name__.lower()}:{request.user.pk}"


def _run(
    view: APIView, handler: Callable[..., Response], claimed: Claim, *args: Any, **kwargs: Any
) -> HttpResponse:
    decided = False
    try:
        response = _answer(view, handler, claimed.cause, *args, **kwargs)
        body = JSONRenderer().render(response.data) if response.data is not None else b""
        kind = response.content_type or "application/json"
        status = response.status_code
        if status < _UNDECIDED and status not in _NOT_NOW:
            kept = services.store(claimed, status=status, content_type=kind, body=body)
            decided = True
            if not kept:
                raise StillRunning
        return _reply(status, kind, body, replayed=False)
    finally:
        if not decided:
            services.free(claimed, now=clock.now())


def _answer(
    view: APIView, handler: Callable[..., Response], cause: UUID, *args: Any, **kwargs: Any
) -> Response:
    try:
        return handler(view, *args, cause=cause, **kwargs)
    except (DomainError, APIException) as error:
        explain = view.get_exception_handler()
        problem: Response | None = explain(error, view.get_exception_handler_context())
        assert problem is not None, "every domain error has its problem"
        return problem


def _reply(status: int, content_type: str, body: bytes, *, replayed: bool) -> HttpResponse:
    response = HttpResponse(body, status=status, content_type=content_type)
    if replayed:
        response[REPLAYED] = "true"
    return response
