"""The sandbox's test card keys: a file that holds none never spoils the ones in use."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from accounts import clock
from gateway.sandbox import seed
from nfc_topup.errors import TestKeysWrong

KEYS = {"MLK": "00112233445566778899AABBCCDDEEFF", "MTK": "0F" * 16, "levels": ["asn8"]}
NO_KEYS = [
    b"[" * 60_000,
    b"",
    b"{",
    b"[]",
    b"\xff\xfe",
    b'{"MLK": "12"}',
    b'{"MLK": "zz", "MTK": "yy"}',
]


@pytest.fixture
def kept(db: None, tmp_path: Path, settings) -> Path:  # type: ignore[no-untyped-def]
    settings.DATA_DIR = tmp_path
    seed.give_card_keys(None, clock.now())
    return seed.card_keys_file()


@pytest.mark.parametrize("content", NO_KEYS, ids=range(len(NO_KEYS)))
def test_a_file_without_keys_changes_nothing(kept: Path, tmp_path: Path, content: bytes) -> None:
    before = kept.read_bytes()
    given = tmp_path / "given.json"
    given.write_bytes(content)

    with pytest.raises(TestKeysWrong):
        seed.give_card_keys(given, clock.now())

    assert kept.read_bytes() == before
    seed.give_card_keys(None, clock.now())


def test_given_keys_are_kept_for_our_eyes_only(kept: Path, tmp_path: Path) -> None:
    given = tmp_path / "given.json"
    given.write_text(json.dumps(KEYS))

    seed.give_card_keys(given, clock.now())

    assert json.loads(kept.read_text()) == KEYS
    assert kept.stat().st_mode & 0o777 == 0o600
