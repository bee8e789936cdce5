"""An event as it travels: CloudEvents 1.0 in JSON, the same bytes however often it is sent."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from gateway.events.models import Event

CONTENT_TYPE = "application/cloudevents+json; charset=utf-8"
SOURCE = "urn:transport-card-gateway"
CHALLENGE = "endpoint.challenge"


def body_of(event: Event) -> bytes:
    """The bytes that are sent for this event, to everybody and every time the same."""
    return _written(
        {
            "specversion": "1.0",
            "id": str(event.id),
            "source": SOURCE,
            "type": event.kind,
            "time": _moment(event.happened_at),
            "subject": f"{event.subject_kind}/{event.subject_id}",
            "sequence": f"{event.sequence:08d}",
            "operator": event.operator_code,
            "dataschema": f"{SOURCE}:event:{event.kind}:{event.version}",
            "datacontenttype": "application/json",
            "data": event.data,
        }
    )


def challenge_of(endpoint_id: UUID, token: str, now: datetime) -> bytes:
    """What an endpoint is asked before its first use: to answer with this very token."""
    return _written(
        {
            "specversion": "1.0",
            "id": f"{endpoint_id}-{token[:16]}",
            "source": SOURCE,
            "type": CHALLENGE,
            "time": _moment(now),
            "datacontenttype": "application/json",
            "data": {"challenge": token},
        }
    )


def _written(words: dict[str, Any]) -> bytes:
    return json.dumps(words, ensure_ascii=False, separators=(",", ":"), sort_keys=True).encode()


def _moment(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
