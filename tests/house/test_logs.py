"""The logs say what happened, never who: unknown fields go, numbers are masked."""

import io
import json
import logging
import logging.config
from collections.abc import Callable, Iterator

import pytest
import structlog
from hypothesis import given
from hypothesis import strategies as st

from gateway.logs import keep_known_fields, logging_settings, masked

CARD = "3104770012345678901"
PHONE = "13812345678"


@pytest.fixture
def lines() -> Iterator[Callable[[], list[dict[str, object]]]]:
    """What the house would write to standard error from now on, as read JSON."""
    stream = io.StringIO()
    settings = logging_settings("INFO")
    settings["handlers"]["stderr"]["stream"] = stream
    before = logging.getLogger().handlers[:]
    logging.config.dictConfig(settings)
    yield lambda: [json.loads(line) for line in stream.getvalue().splitlines()]
    logging.getLogger().handlers = before


@pytest.mark.parametrize(
    ("text", "left"),
    [
        (f"card {CARD} seen", "card ***************8901 seen"),
        (f"asn 0{CARD}.", "asn ***************8901."),
        (f"call {PHONE}", "call *******5678"),
        (f"call +86{PHONE}", "call *******5678"),
        (f"电话{PHONE}。", "电话*******5678。"),
        ("order 12345678901234567890123", "order 12345678901234567890123"),
        ("amount 13812345", "amount 13812345"),
        ("0192f0c1-7a3b-7def-8abc-13812345678a", "0192f0c1-7a3b-7def-8abc-13812345678a"),
        ('x\nDETAIL:  Key (phone)=(a) exists.\ny', "x\nDETAIL: left out\ny"),
    ],
)  # fmt: skip
def test_numbers_of_cards_and_people_are_masked(text: str, left: str) -> None:
    assert masked(text) == left


@given(st.text(), st.from_regex(r"\A[0-9]{19,20}\Z"), st.text())
def test_no_card_number_survives_anywhere(before: str, number: str, after: str) -> None:
    assert number not in masked(f"{before} {number} {after}")


@given(st.text(), st.from_regex(r"\A1[3-9][0-9]{9}\Z"), st.text())
def test_no_phone_number_survives_anywhere(before: str, number: str, after: str) -> None:
    assert number not in masked(f"{before} {number} {after}")


def test_a_field_nobody_listed_is_dropped_and_only_its_name_told() -> None:
    kept = keep_known_fields(
        None, "info", {"event": "paid", "payment_id": "1", "card_no": CARD, "otp": "123456"}
    )

    assert kept == {"event": "paid", "payment_id": "1", "dropped_fields": ["card_no", "otp"]}


def test_a_line_is_json_and_masked_however_deep(
    lines: Callable[[], list[dict[str, object]]],
) -> None:
    structlog.get_logger("gateway.test").info(
        f"card {CARD}", payment_id=7, subject={"who": [PHONE]}, secret="x"
    )

    (line,) = lines()
    assert line["event"] == "card ***************8901"
    assert line["subject"] == {"who": ["*******5678"]}
    assert line["payment_id"] == 7
    assert line["dropped_fields"] == ["secret"]
    assert line["level"] == "info"


def test_other_people_s_loggers_are_masked_too(
    lines: Callable[[], list[dict[str, object]]],
) -> None:
    logging.getLogger("urllib3.connectionpool").warning("retry for %s", PHONE)

    (line,) = lines()
    assert line["event"] == "retry for *******5678"


def test_a_traceback_is_masked(lines: Callable[[], list[dict[str, object]]]) -> None:
    try:
        raise ValueError(f"no such card {CARD}")
    except ValueError:
        logging.getLogger("gateway.test").exception("it failed")

    (line,) = lines()
    assert CARD not in json.dumps(line)
    assert "ValueError" in str(line["exception"])
