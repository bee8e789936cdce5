"""An approval is read by whom it concerns and decided by a second person, as it was seen."""

from __future__ import annotations

from datetime import timedelta
from hashlib import sha256
from typing import Any

import pytest
from pytest_django import DjangoAssertNumQueries

from accounts import approvals, clock, roles
from accounts.identifiers import new_id
from accounts.models import Approval, AuditEntry
from gateway.console import contents
from tests.support.officers import Seated, seat

POOL = 1
FINANCE = (roles.FINANCE_OFFICER, POOL)
CONTENT = {
    "amount_fen": 3_180,
    "reason": "渠道费补足",
    "before": {"reserve_fen": 9_098_820},
    "after": {"reserve_fen": 9_102_000},
}


def asked(maker: Seated, **other: Any) -> Approval:
    now = clock.now()
    given: dict[str, Any] = {
        "purpose": "card_key_destruction",
        "pool": POOL,
        "content": CONTENT,
        "fingerprint": sha256(b"content").digest(),
        "now": now,
        "expires_at": now + timedelta(hours=1),
        "checker_role": roles.FINANCE_OFFICER,
    }
    return approvals.ask(maker=maker.person, **given | other)


def text(seated: Seated, path: str) -> str:
    answer = seated.client.get(path)
    assert answer.status_code == 200, answer.content
    return str(answer.content.decode())


def at(approval: Approval, more: str = "") -> str:
    return f"/console/approvals/{approval.pk}{more}"


def decide(seated: Seated, approval: Approval, verdict: str = "approved", **other: str) -> Any:
    form = {"fingerprint": bytes(approval.fingerprint).hex()} | other
    return seated.client.post(at(approval, f"/{verdict}"), form)


@pytest.fixture
def maker(db: None) -> Seated:
    return seat(FINANCE, name="经办甲")


@pytest.fixture
def checker(db: None) -> Seated:
    return seat(FINANCE, name="复核乙")


@pytest.mark.parametrize("verdict", ["approved", "refused"])
def test_a_second_person_decides_and_it_is_in_the_trail(
    maker: Seated, checker: Seated, verdict: str
) -> None:
    approval = asked(maker)
    assert at(approval) in text(checker, "/console/approvals")
    assert at(approval, f"/{verdict}") in text(checker, at(approval))
    answer = decide(checker, approval, verdict)
    assert (answer.status_code, answer["Location"]) == (302, at(approval))
    approval.refresh_from_db()
    assert (approval.state, approval.checker) == (verdict, checker.person)
    about = AuditEntry.objects.filter(subject=f"approval:{approval.pk}")
    assert about.filter(act=f"approval_{verdict}", actor_id=str(checker.person.pk)).count() == 1
    page = text(checker, at(approval))
    assert "复核乙" in page
    assert at(approval, "/approved") not in page


def test_the_maker_sees_it_and_cannot_decide(maker: Seated) -> None:
    approval = asked(maker)
    page = text(maker, at(approval))
    assert "要由另一位有权的人复核" in page
    assert at(approval, "/approved") not in page
    assert maker.client.get(at(approval, "/approved")).status_code == 302
    answer = decide(maker, approval)
    assert answer.status_code == 409
    assert "maker_is_checker" in answer.content.decode()
    approval.refresh_from_db()
    assert approval.state == "asked"


def test_the_other_ways_in_are_shut_too(maker: Seated) -> None:
    approval = asked(maker)
    for role in (roles.AUDITOR, roles.REGULATOR):
        watcher = seat((role, None))
        assert at(approval, "/approved") not in text(watcher, at(approval))
        answer = decide(watcher, approval)
        assert answer.status_code == 409
        assert "not_allowed" in answer.content.decode()
    stranger = seat((roles.FINANCE_OFFICER, 2))
    assert decide(stranger, approval).status_code == 404
    approval.refresh_from_db()
    assert approval.state == "asked"


def test_what_was_seen_is_what_is_decided(maker: Seated, checker: Seated) -> None:
    approval = asked(maker)
    for other in ("", "00" * 32):
        answer = decide(checker, approval, fingerprint=other)
        assert answer.status_code == 409
    approval.refresh_from_db()
    assert approval.state == "asked"


def test_a_verdict_is_given_once(maker: Seated, checker: Seated) -> None:
    approval = asked(maker)
    decide(checker, approval, "refused")
    answer = decide(checker, approval, "approved")
    assert answer.status_code == 409
    assert "approval_decided" in answer.content.decode()
    assert decide(checker, approval, "perhaps").status_code == 404


def test_the_page_shows_before_after_and_the_fingerprint(maker: Seated) -> None:
    page = text(maker, at(asked(maker)))
    for said in ("¥90,988.20", "¥91,020.00", "¥31.80", "渠道费补足", "经办甲"):
        assert said in page
    assert sha256(b"content").hexdigest()[:8] in page


def test_content_is_escaped_and_card_numbers_are_masked(maker: Seated) -> None:
    content = {"reason": "<script>x</script>", "card": "3105070212345678901"}
    page = text(maker, at(asked(maker, content=content)))
    assert "<script>x" not in page
    assert "3105070212345678901" not in page


@pytest.mark.parametrize("path", ["/console/approvals", "/console/approvals?show=all", "/console/"])
def test_thirty_rows_cost_no_more_questions_than_one(
    maker: Seated,
    checker: Seated,
    path: str,
    django_assert_max_num_queries: DjangoAssertNumQueries,
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    asked(maker)
    checker.client.get(path)
    with django_assert_max_num_queries(25) as first:
        checker.client.get(path)
    for number in range(29):
        asked(maker, content={"amount_fen": number}, pool=POOL)
    with django_assert_num_queries(len(first)):
        checker.client.get(path)


def test_pages_follow_one_another(maker: Seated) -> None:
    rows = [asked(maker) for _ in range(53)]
    first = text(maker, "/console/approvals?show=asked")
    assert at(rows[-1]) in first
    assert at(rows[2]) not in first
    second = text(maker, f"/console/approvals?show=asked&before={rows[3].pk}")
    assert [at(row) in second for row in rows[:4]] == [True, True, True, False]
    assert maker.client.get("/console/approvals?before=x").status_code == 404


def test_a_room_is_asked_to_carry_out_its_own_verdicts(maker: Seated, checker: Seated) -> None:
    gone = str(new_id(clock.now()))
    for purpose, content, code in (
        ("load_decision", {"decision_id": gone}, "load_decision_unknown"),
        ("payments.ask_again", {"ref": "x"}, "proposal_over"),
        ("load_lock_lifted", {"lock_id": gone}, "load_lock_unknown"),
        ("card_key_activation", {"key": gone}, "not_allowed"),
    ):
        approval = asked(maker, purpose=purpose, content=content)
        answer = decide(checker, approval)
        assert answer.status_code == 409
        assert code in answer.content.decode(), purpose
        approval.refresh_from_db()
        assert approval.state == "asked"


def test_contents_are_told_as_people_read_them() -> None:
    lines = {line.label: line.value for line in contents.facts(
        {"amount_fen": -5, "expires_at": "2026-11-22T06:00:00+00:00", "ok": True, "none": None,
         "who": ["甲", "乙"], "deep": {"fee_fen": 100, "note": "3105070212345678901"}}
    )}  # fmt: skip
    assert lines == {
        "金额": "-¥0.05", "到期": "2026-11-22 14:00:00", "ok": "是", "none": "–",
        "who": "甲、乙", "deep · fee_fen": "¥1.00", "deep · note": "3105 **** **** 8901",
    }  # fmt: skip
    [changed, gone, new] = contents.changes(
        {"before": {"a_fen": 1, "b": "x"}, "after": {"a_fen": 2, "c": "y"}}
    )
    assert (changed.before, changed.after) == ("¥0.01", "¥0.02")
    assert (gone.after, new.before) == ("–", "–")
    assert contents.changes({"before": 1, "after": 2}) == []
