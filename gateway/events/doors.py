"""What receivers may read of us without asking: our keys, and what our events say."""

from __future__ import annotations

from django.http import HttpRequest, JsonResponse
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe

from gateway.events import catalogue, signing


@require_safe
@cache_control(public=True, max_age=300)
def keys(request: HttpRequest) -> JsonResponse:
    """The public keys of events as a JWK set; during a rotation there are two."""
    return JsonResponse(signing.published(), content_type="application/jwk-set+json")


@require_safe
@cache_control(public=True, max_age=300)
def kinds(request: HttpRequest) -> JsonResponse:
    """Every kind of event with the JSON Schema of its `data`."""
    told = [
        {
            "type": kind.name,
            "version": kind.version,
            "zh": kind.zh,
            "en": kind.en,
            "dataschema": kind.urn,
            "schema": kind.schema,
        }
        for kind in catalogue.KINDS
    ]
    return JsonResponse({"events": told}, json_dumps_params={"ensure_ascii": False})
