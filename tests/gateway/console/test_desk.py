"""The approvals desk knows every purpose in the house: its words, its effect, whose hand it is."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace

import pytest
from django.utils import translation

from accounts import approvals, clock, roles
from accounts.models import Approval
from gateway.console import content_words, deciding, purpose_words, purposes
from gateway.console.pages.loads import in_language
from gateway.payments.decisions.matters import Choice
from tests.journeys import test_four_eyes
from tests.support.officers import Seated, seat

POOL = 1
FINANCE = (roles.FINANCE_OFFICER, POOL)
DECIDED_ELSEWHERE = {"kiosk_enrolment", "kiosk_count"}
"""A code shown once, and a count that the second person does again: not at a desk."""
CHINESE = re.compile(r"[\u4e00-\u9fff]")


def asked(purpose: str, content: dict[str, object] | None = None) -> Approval:
    now = clock.now()
    return approvals.ask(
        maker=seat(FINANCE).person, purpose=purpose, pool=POOL, content=content or {},
        fingerprint=b"4" * 32, now=now, expires_at=now + timedelta(hours=1),
        checker_role=roles.FINANCE_OFFICER,
    )  # fmt: skip


def verdict(seated: Seated, approval: Approval, said: str = "approved") -> str:
    form = {"fingerprint": bytes(approval.fingerprint).hex()}
    answer = seated.client.post(f"/console/approvals/{approval.pk}/{said}", form)
    approval.refresh_from_db()
    return str(answer.content.decode())


@pytest.fixture
def forget() -> Iterator[None]:
    """What a room brings is read anew, before and after."""
    for kept in (purposes.brought, purpose_words.every):
        kept.cache_clear()
    yield
    for kept in (purposes.brought, purpose_words.every):
        kept.cache_clear()


def test_every_purpose_asked_for_in_the_house_is_told_at_the_desk() -> None:
    known = set(test_four_eyes.purposes())
    known |= {f"payments.{one}" for one in Choice}
    assert known - set(purpose_words.every()) == set(), "a purpose has no words: see purposes.py"
    for name, one in purpose_words.every().items():
        assert CHINESE.search(one.zh), name
        assert CHINESE.search(one.effect_zh), name
        assert one.effect_zh.endswith("。"), name
        for english in (one.en, one.effect_en):
            assert english, name
            assert not CHINESE.search(english), name
        assert one.effect_en.endswith("."), name


def test_every_purpose_has_a_hand_or_says_where_it_is_decided() -> None:
    without = {name for name in purpose_words.every() if deciding._hand_of(name) is None}
    assert without <= DECIDED_ELSEWHERE
    for name, one in purpose_words.every().items():
        assert one.at_desk == (name not in without), name


def test_a_purpose_without_a_hand_is_never_approved_in_vain(db: None) -> None:
    checker = seat(FINANCE)
    one = asked("nobody_told_of_this")
    page = checker.client.get(f"/console/approvals/{one.pk}").content.decode()
    assert "不在审批台办理" in page
    assert f"/console/approvals/{one.pk}/approved" not in page
    for said in deciding.VERDICTS:
        assert "purpose_without_hand" in verdict(checker, one, said)
    assert one.state == "asked"


def test_a_room_brings_its_own_words_and_its_own_hand(
    db: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, forget: None
) -> None:
    room = tmp_path / "a_room_below"
    room.mkdir()
    (room / "__init__.py").write_text("", encoding="utf-8")
    (room / "desk.py").write_text(
        "from accounts import approvals\n"
        "def yes(asked, checker, now):\n"
        "    approvals.approve(asked.pk, checker=checker, now=now)\n"
        "PURPOSES = ({'name': 'a_new_matter', 'zh': '新的事项', 'en': 'A new matter',"
        " 'effect_zh': '它随即办妥。', 'effect_en': 'It is done at once.', 'approve': yes},"
        " {'name': 'kiosk_count', 'zh': '点钞', 'en': 'Count', 'effect_zh': '在点钞页办。',"
        " 'effect_en': 'On its page.', 'page': lambda asked: '/console/its-own-page'})\n",
        encoding="utf-8",
    )
    monkeypatch.syspath_prepend(str(tmp_path))
    import a_room_below  # type: ignore[import-not-found]

    brought = [SimpleNamespace(name="a_room_below", module=a_room_below)]
    monkeypatch.setattr(purposes, "apps", SimpleNamespace(get_app_configs=lambda: brought))
    checker, one = seat(FINANCE), asked("a_new_matter")
    page = checker.client.get(f"/console/approvals/{one.pk}").content.decode()
    assert "新的事项" in page
    assert "它随即办妥。" in page
    verdict(checker, one)
    assert (one.state, one.checker_id) == ("approved", checker.person.pk)
    there = checker.client.get(f"/console/approvals/{asked('kiosk_count').pk}").content.decode()
    assert "/console/its-own-page" in there
    sys.modules.pop("a_room_below.desk")
    (room / "desk.py").write_text("PURPOSES = ({'name': 'x', 'words': 'y'},)\n", encoding="utf-8")
    purposes.brought.cache_clear()
    with pytest.raises(TypeError):
        purposes.brought()


def test_names_of_the_house_in_a_content_are_told_in_words() -> None:
    told = [("debit", "card_purse"), ("purpose", "REDEMPTION"), ("code", "payment_confirmed"),
            ("way", "cash"), ("kind", "interest"), ("name", "REDEMPTION")]  # fmt: skip
    said = [content_words.value(field, text) for field, text in told]
    assert all(CHINESE.search(word) for word in said[:-1]), said
    assert said[-1] == "REDEMPTION"
    with translation.override("en"):
        assert in_language("中", "en") == "en"
