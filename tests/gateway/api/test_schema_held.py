"""The service answers as its OpenAPI document says, to sense and to nonsense alike."""

from __future__ import annotations

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
    unsupported_method,
)

from accounts import cards, clock
from gateway.wsgi import application
from tests.support.campaign import size
from tests.support.province import Citizen

CHECKS = [
    not_a_server_error,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
    unsupported_method,
]
PATIENTLY = settings(
    max_examples=size(6, 50),
    database=None,
    phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
)


@pytest.fixture
def document(lasting_db: None) -> schemathesis.schemas.BaseSchema:
    return schemathesis.openapi.from_wsgi("/api/schema", application)


def test_every_operation_answers_as_it_is_described(document) -> None:  # type: ignore[no-untyped-def]
    citizen = Citizen(clock.now())
    cards.add(citizen.person, "3105070298765432101", clock.now())
    operations = [found.ok() for found in document.get_all_operations()]
    assert len(operations) > 10

    for operation in operations:
        for mode in schemathesis.GenerationMode:
            strategy = operation.as_strategy(generation_mode=mode)

            @PATIENTLY
            @given(case=strategy)
            def ask(case) -> None:  # type: ignore[no-untyped-def]
                headers = {"Authorization": f"Bearer {citizen.token}"}
                case.call_and_validate(headers=headers, checks=CHECKS)

            ask()
