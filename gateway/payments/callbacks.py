"""The door for channels' pushes: raw bytes in, the channel's own words out."""

from __future__ import annotations

from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from accounts import clock
from gateway.channels.port import NOTICE_LIMIT_BYTES
from gateway.channels.registry import adapter
from gateway.payments import merchants
from gateway.payments.notices import inbox


@csrf_exempt
@require_POST
def take_notice(request: HttpRequest, channel: str, account_id: UUID) -> HttpResponse:
    """Keeps a channel's push and answers in its own words; an address of no account is 404."""
    account = merchants.account_by_id(account_id, channel)
    if account is None:
        return HttpResponse(status=404)
    body = request.read(NOTICE_LIMIT_BYTES + 1)
    accepted = inbox.receive(account, dict(request.headers), body, now=clock.now())
    status, headers, answer = adapter(channel).notice_receipt(accepted)
    return HttpResponse(answer, status=status, headers=dict(headers))
