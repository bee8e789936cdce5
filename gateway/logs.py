"""What the house writes into its logs: known fields only, one JSON line each, numbers masked."""

import re
import sys
import time
import uuid
from collections.abc import Callable
from typing import Any

import structlog
from django.http import HttpRequest, HttpResponse
from structlog.typing import EventDict, WrappedLogger

KNOWN_FIELDS = frozenset(
    {
        "event", "level", "logger", "timestamp", "exception", "dropped_fields",
        "request_id", "method", "route", "status", "duration_ms",
        "code", "sort", "actor", "subject", "kind", "act", "because", "from_state", "to_state",
        "state", "outcome", "attempt", "attempts", "channel", "pool", "day", "role", "process",
        "rule", "schedule", "worker", "count",
    }
)  # fmt: skip
KNOWN_ENDINGS = ("_id", "_fen", "_at", "_day", "_count", "_seconds", "_ms", "_state")

CARD_NUMBER = re.compile(r"(?<!\d)\d{19,20}(?!\d)")
PHONE_NUMBER = re.compile(r"(?<![0-9A-Za-z-])(?:\+?86)?(1[3-9]\d{9})(?![0-9A-Za-z])")
ROW_VALUES = re.compile(r"^(DETAIL|CONTEXT):.*$", re.MULTILINE)


def masked(text: str) -> str:
    """Give `text` with card numbers (19 or 20 digits) and mobile numbers (11) made unreadable.

    Four digits at the end stay, so that a person can be helped; database details go whole.
    """
    text = ROW_VALUES.sub(r"\1: left out", text)
    text = CARD_NUMBER.sub(lambda found: f"{'*' * 15}{found[0][-4:]}", text)
    return PHONE_NUMBER.sub(lambda found: f"{'*' * 7}{found[1][-4:]}", text)


def keep_known_fields(_: WrappedLogger, __: str, event: EventDict) -> EventDict:
    """Drop every field that is not on the list and name the dropped ones, without their values."""
    kept = {name: value for name, value in event.items() if _is_known(name)}
    dropped = sorted(name for name in event if not _is_known(name))
    if dropped:
        kept["dropped_fields"] = [masked(name) for name in dropped]
    return kept


def mask_values(_: WrappedLogger, __: str, event: EventDict) -> EventDict:
    """Mask numbers in every value, however deep; unknown kinds of value become masked text."""
    return {name: _masked_value(value) for name, value in event.items()}


def logging_settings(level: str) -> dict[str, Any]:
    """Give Django's LOGGING: all loggers through one masking formatter to standard error."""
    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
    last = [
        structlog.stdlib.ProcessorFormatter.remove_processors_meta,
        structlog.processors.format_exc_info,
        keep_known_fields,
        mask_values,
        structlog.processors.JSONRenderer(ensure_ascii=False),
    ]
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {
            "lines": {
                "()": structlog.stdlib.ProcessorFormatter,
                "processors": last,
                "foreign_pre_chain": shared,
            }
        },
        "handlers": {
            "stderr": {
                "class": "logging.StreamHandler",
                "stream": sys.stderr,
                "formatter": "lines",
            }
        },
        "root": {"handlers": ["stderr"], "level": level},
        "loggers": {
            "django": {"level": level, "handlers": [], "propagate": True},
            "django.db.backends": {"level": "WARNING"},
            "django-q": {"level": "WARNING", "handlers": [], "propagate": True},
        },
    }


class RequestLog:
    """Gives each request an id and writes one line about it; never its query or body."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        request_id = str(uuid.uuid4())
        began = time.perf_counter()
        with structlog.contextvars.bound_contextvars(request_id=request_id):
            response = self.get_response(request)
            match = request.resolver_match
            structlog.get_logger("gateway.request").info(
                "request",
                method=request.method,
                route=match.route if match else "",
                status=response.status_code,
                duration_ms=round((time.perf_counter() - began) * 1000, 1),
            )
        response.headers["X-Request-Id"] = request_id
        return response


def _is_known(name: str) -> bool:
    return name in KNOWN_FIELDS or name.endswith(KNOWN_ENDINGS)


def _masked_value(value: object) -> object:
    if value is None or isinstance(value, bool | float):
        return value
    if isinstance(value, int):
        text = str(value)
        return value if masked(text) == text else masked(text)
    if isinstance(value, dict):
        return {masked(str(name)): _masked_value(inner) for name, inner in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [_masked_value(inner) for inner in value]
    return masked(str(value))
