"""Errors as people meet them: what happened, what it means for the money, what to do next."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.urls import Resolver404, resolve
from django.utils.translation import gettext as _

HTML, PROBLEM = "text/html", "application/problem+json"
NEVER_A_PAGE = ("/api/", "/callbacks/")
_OFFICERS = ("/console/", "/sandbox/")
"""Where officers work; every other page is a citizen's and is drawn in their shell."""
_INFORMATION = range(400, 405)


def wanted(request: HttpRequest) -> bool:
    """Whether this request is a person's browser that asked for a page, not a machine's."""
    if request.path.startswith(NEVER_A_PAGE):
        return False
    return request.get_preferred_type([PROBLEM, HTML]) == HTML


def page(
    request: HttpRequest, *, status: int, code: str, sentence: str, trace_id: str = ""
) -> HttpResponse:
    """The page of an error. `sentence` says what happened, in the language of the page.

    Draws without the database and without knowing who asks, so that it can always be drawn.
    """
    title, next_step = _told(status, is_officers=request.path.startswith("/console/"))
    context = {
        "title": title,
        "sentence": sentence,
        "next_step": next_step,
        "code": code,
        "trace_id": trace_id,
        "meaning": "information" if status in _INFORMATION else "wrong",
        "home": _home(request),
        "shell": "pages/base.html" if request.path.startswith(_OFFICERS) else "web/base.html",
    }
    body = render_to_string("pages/problem.html", context, request)
    answer = HttpResponse(body, status=status)
    answer.headers["Cache-Control"] = "no-store"
    return answer


def _home(request: HttpRequest) -> str:
    """Where to begin again; nothing where nobody has built a first page yet."""
    address = "/console/" if request.path.startswith("/console/") else "/"
    try:
        resolve(address)
    except Resolver404:
        return ""
    return address


def _told(status: int, *, is_officers: bool) -> tuple[str, str]:
    if status == 429:
        return _("请稍等一下"), _("什么都没有发生。过一会儿再试，不用重新登录。")
    if status == 403 and not is_officers:
        return _("这一步没有做"), _("什么都没有发生，也没有扣款。请返回上一页，刷新后再试一次。")
    if status == 404:
        return _("没有找到"), _("钱和记录都没有变。请检查地址，或从首页重新进入。")
    if status == 403:
        return _("不能这样做"), _("什么都没有发生。应当可以的话，请找安全员核对您的角色。")
    if status == 409:
        return _("刚刚有变化"), _("这一次没有生效。请返回上一页重新查看，再决定。")
    if status in _INFORMATION:
        return _("没有看懂这次请求"), _("什么都没有发生。请返回上一页再试一次。")
    if status == 503:
        return _("暂时忙不过来"), _("钱不会因此丢失。请过一分钟再试。")
    return _("我们这边出错了"), _("钱不会因此丢失，已经记下这次错误。请过几分钟再试。")
