"""柜员代办: what a clerk did for this citizen, and how they had consented."""

from __future__ import annotations

from typing import Final
from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import render
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from accounts.models import Operator
from gateway.assisting import queries
from gateway.web import door
from gateway.web.door import CitizenRequest

ACTS: Final[dict[str, tuple[str | Promise, str]]] = {
    "assisted_top_up": (_("下了一笔充值，等您付款"), "web:tracker"),
    "assisted_loss_report": (_("挂失了卡"), ""),
    "assisted_redemption": (_("申请了退卡"), "web:departure"),
}
"""What each act is called here, and the page of what it made, if it has one."""
CONSENT: Final[dict[str, str | Promise]] = {
    "phone": _("您把短信里的验证码告诉了柜员"),
    "card": _("在柜台读了您的卡"),
    "": _("您没有同意，柜员什么也没有办"),
}


@door.citizen
@require_safe
def assisted(request: CitizenRequest, session_id: UUID) -> HttpResponse:
    """Another person's is not found."""
    one = queries.of_citizen(session_id, request.person)
    acts = sorted(one.acts.all(), key=lambda act: act.done_at)
    context = {
        "one": one,
        "operator": Operator.objects.filter(pool=one.pool).first(),
        "consent": CONSENT[one.consent],
        "acts": [{"one": act, "word": ACTS[act.act][0], "page": ACTS[act.act][1]} for act in acts],
    }
    return render(request, "web/assisted.html", context)
