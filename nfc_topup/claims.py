"""Reads again, from answers kept as they came, the log records that a card claimed to have."""

from __future__ import annotations

from collections.abc import Iterator

from nfc_topup.card import purse, scripts
from nfc_topup.card.errors import CardAnswerUnreadable
from nfc_topup.card.profiles import CardProfile
from nfc_topup.card.purse import LogRecord
from nfc_topup.card.scripts import Act, Line
from nfc_topup.loading.sights import evidence_script_of, names_load
from nfc_topup.models import Inquiry, Load, LoadSeal


def claimed_records(
    inquiry: Inquiry, load: Load, seal: LoadSeal, profile: CardProfile
) -> Iterator[tuple[LogRecord, bool]]:
    """Each record that can be read, and whether it names this very load. A claim, never a proof."""
    for answer in scripts.answers_of(_lines(inquiry, load, profile), Act.LOG):
        try:
            record = purse.parse_log_record(answer.data) if answer.ok else None
        except CardAnswerUnreadable:
            continue
        if record is not None and not record.is_blank:
            yield record, names_load(record, load, seal, profile)


def _lines(inquiry: Inquiry, load: Load, profile: CardProfile) -> list[Line]:
    """The transcript; empty where a profile changed since, so that it no longer fits."""
    script = evidence_script_of(inquiry, load, profile)
    try:
        return scripts.read_transcript(script, inquiry.answers)
    except CardAnswerUnreadable:
        return []
