"""One table from what went wrong to what HTTP says: RFC 9457 problems with stable codes."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any
from uuid import UUID, uuid4

from django.core.exceptions import PermissionDenied, RequestDataTooBig
from django.db import InterfaceError, OperationalError
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.utils.translation import get_language_from_request
from rest_framework import exceptions
from rest_framework.renderers import JSONRenderer
from rest_framework.response import Response

from accounts.database_errors import code_of
from accounts.errors import DomainError, Sort
from gateway.pages.problem import page
from gateway.pages.problem import wanted as page_wanted
from gateway.signatures.errors import SignatureRefused

CONTENT_TYPE = "application/problem+json"

STATUS_OF_SORT: dict[Sort, int] = {
    Sort.CALLER: 400,
    Sort.FORBIDDEN: 403,
    Sort.NOT_FOUND: 404,
    Sort.CONFLICT: 409,
    Sort.PARTNER: 503,
    Sort.OURS: 500,
}

_NOT_PROVEN: list[type[SignatureRefused]] = [SignatureRefused, *SignatureRefused.__subclasses__()]
NOT_PROVEN = tuple(kind.code for kind in _NOT_PROVEN)
"""Codes of signatures that prove nothing: nobody is known to ask, so 401."""

STATUS_OF_CODE: dict[str, int] = {
    "idempotency_key_reused": 422,
    "transfer_differs": 422,
    **dict.fromkeys(
        (
            "signin_code_too_soon",
            "signin_codes_spent",
            "signin_too_often",
            "real_name_too_often",
        ),
        429,
    ),
    **dict.fromkeys(("refresh_token_not_valid", "refresh_token_reused"), 401),
    **dict.fromkeys(NOT_PROVEN, 401),
}
"""Codes whose status is not that of their sort."""

STATUS_OF_DJANGO: dict[type[Exception], int] = {
    Http404: 404,
    PermissionDenied: 403,
    RequestDataTooBig: 413,
    OperationalError: 503,
    InterfaceError: 503,
}
"""Statuses of errors that carry none themselves."""

_BUSY = (
    "系统正忙或正在恢复，请稍后用同一个 Idempotency-Key 再试。",
    "The service is busy or recovering. Try again in a moment with the same Idempotency-Key.",
)

FRAMEWORK: tuple[tuple[type[Exception], str, str, str], ...] = (
    (exceptions.ParseError, "body_unreadable", "请求内容读不懂。", "The body cannot be read."),
    (
        exceptions.ValidationError,
        "fields_not_valid",
        "有字段不对，什么都没有发生。",
        "Some fields are not valid; nothing happened.",
    ),
    (exceptions.NotAuthenticated, "not_signed_in", "请先登录。", "Sign in first."),
    (
        exceptions.AuthenticationFailed,
        "token_not_valid",
        "登录凭证无效或已过期，请重新登录。",
        "The token is not valid or has expired. Sign in again.",
    ),
    (exceptions.PermissionDenied, "not_allowed", "您无权这样做。", "You may not do this."),
    (PermissionDenied, "not_allowed", "您无权这样做。", "You may not do this."),
    (exceptions.NotFound, "not_found", "没有找到。", "Not found."),
    (Http404, "not_found", "没有找到。", "Not found."),
    (
        exceptions.MethodNotAllowed,
        "method_not_allowed",
        "这个地址不支持这种请求。",
        "This address does not take this method.",
    ),
    (exceptions.NotAcceptable, "not_acceptable", "只能以 JSON 回答。", "Only JSON is served."),
    (
        exceptions.UnsupportedMediaType,
        "media_type_not_supported",
        "只接受 JSON。",
        "Only JSON is taken.",
    ),
    (RequestDataTooBig, "body_too_large", "请求内容太大。", "The body is too large."),
    (OperationalError, "database_unavailable", *_BUSY),
    (InterfaceError, "database_unavailable", *_BUSY),
    (
        exceptions.Throttled,
        "too_many_requests",
        "请求太频繁，请稍后再试。",
        "Too many requests. Try again later.",
    ),
)

_log = logging.getLogger("gateway.problems")


def handle(error: Exception, context: dict[str, Any]) -> Response | None:
    """DRF's exception handler: a problem for every error that is known, None for our own faults."""
    request = context.get("request")
    if request is not None:
        request.accepted_renderer, request.accepted_media_type = JSONRenderer(), "application/json"
    if isinstance(error, DomainError):
        return _of_domain(error, request)
    for kind, code, zh, en in FRAMEWORK:
        if isinstance(error, kind):
            return _of_framework(error, code, zh, en, request)
    return None


class PagesSayWhatWentWrong:
    """Answers a domain error on a page with a page; the API has `handle` for its own."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        """The error's own sentence under its own status; None for what is no domain error."""
        if not isinstance(error, DomainError):
            return None
        status = status_of(error)
        level = logging.ERROR if error.sort is Sort.OURS else logging.INFO
        _log.log(level, error.code, extra={"code": error.code})
        return _answered(request, error.code, status, error.zh, error.en)


def no_such_page(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Answers an address outside the API that does not exist."""
    return _answered(request, "not_found", 404, "没有找到。", "Not found.")


def not_understood(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Answers a request that Django itself cannot take: its host, its size, its form."""
    zh, en = "请求读不懂，什么都没有发生。", "The request is not understood; nothing happened."
    return _answered(request, "request_not_understood", 400, zh, en)


def not_allowed(
    request: HttpRequest, exception: Exception | None = None, reason: str = ""
) -> HttpResponse:
    """Answers what is forbidden outside the API; `reason` is told for a form without its token."""
    if reason:
        zh = "这一页放得太久了，或者不是从我们这里打开的，什么都没有发生。"
        en = "This page is too old, or was not opened from here; nothing happened."
        return _answered(request, "form_not_ours", 403, zh, en)
    return _answered(request, "not_allowed", 403, "您无权这样做。", "You may not do this.")


def our_fault(request: HttpRequest) -> HttpResponse:
    """The last answer when we failed: says that it is ours, and nothing else."""
    if page_wanted(request):
        zh, en = "我们这边出错了，没有办成。", "Something failed on our side; it was not done."
    else:
        zh = "我们这边出错了，钱不会因此丢失，请稍后用同一个 Idempotency-Key 再试。"
        en = "Something failed on our side; no money is lost by it. Try again with the same key."
    return _answered(request, "internal_fault", 500, zh, en)


def status_of(error: DomainError) -> int:
    """The HTTP status under which a domain error leaves the house."""
    return STATUS_OF_CODE.get(error.code, STATUS_OF_SORT[error.sort])


def _of_domain(error: DomainError, request: Any) -> Response:
    status = status_of(error)
    body = _body(error.code, status, error.zh, error.en, request)
    facts = {name: _plain(value) for name, value in error.facts.items()}
    if error.sort is not Sort.OURS:
        body |= {"detail": str(error)} if str(error) else {}
        body |= {"facts": facts} if facts else {}
    level = logging.ERROR if error.sort is Sort.OURS else logging.INFO
    _log.log(level, error.code, extra={"code": error.code, "trace_id": body["trace_id"]})
    wait = error.facts.get("wait_seconds")
    headers = {} if wait is None else {"Retry-After": str(wait)}
    return Response(body, status=status, content_type=CONTENT_TYPE, headers=headers)


def _of_framework(error: Exception, code: str, zh: str, en: str, request: Any) -> Response:
    status = getattr(error, "status_code", None) or next(
        status for kind, status in STATUS_OF_DJANGO.items() if isinstance(error, kind)
    )
    body = _body(code, status, zh, en, request)
    headers = {}
    if isinstance(error, exceptions.ValidationError):
        body["fields"] = error.detail
    if isinstance(error, OperationalError | InterfaceError):
        headers["Retry-After"] = "1"
        _log.error(code, extra={"code": code_of(error), "trace_id": body["trace_id"]})
    if getattr(error, "auth_header", None):
        headers["WWW-Authenticate"] = error.auth_header  # type: ignore[attr-defined]
    if wait := getattr(error, "wait", None):
        headers["Retry-After"] = str(int(wait))
    return Response(body, status=status, content_type=CONTENT_TYPE, headers=headers)


def _answered(request: HttpRequest, code: str, status: int, zh: str, en: str) -> HttpResponse:
    """A page for a person's browser, a problem for everybody else."""
    body = _body(code, status, zh, en, request)
    if page_wanted(request):
        told = {"status": status, "code": code, "trace_id": body["trace_id"]}
        return page(request, sentence=body["title"], **told)
    return JsonResponse(body, status=status, content_type=CONTENT_TYPE)


def _body(code: str, status: int, zh: str, en: str, request: Any) -> dict[str, Any]:
    english = request is not None and get_language_from_request(request).startswith("en")
    return {
        "type": f"/problems/{code}",
        "title": en if english else zh,
        "status": status,
        "code": code,
        "say": {"zh": zh, "en": en},
        "trace_id": str(uuid4()),
    }


def _plain(value: Any) -> Any:
    return str(value) if isinstance(value, UUID) else value
