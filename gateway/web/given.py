"""单位为您充值: a claim that an employer gave for one's card, taken by one press."""

from __future__ import annotations

from uuid import UUID

from django.http import HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.views.decorators.http import require_POST

from accounts import clock
from gateway.bulk import claims
from gateway.web import door
from gateway.web.door import CitizenRequest


@door.citizen
@require_POST
def take(request: CitizenRequest, claim_id: UUID) -> HttpResponse:
    """The claim is this person's top-up from now on; where its money is comes next."""
    topup = claims.take(claim_id, person=request.person, now=clock.now())
    return HttpResponseRedirect(reverse("web:tracker", args=[topup.pk]))
