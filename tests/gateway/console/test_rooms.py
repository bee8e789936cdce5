"""What the rooms set aside is laid open to the officers of its pool, and proposed by the first."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID

import pytest
from pytest_django import DjangoAssertNumQueries

from accounts import clock, roles
from accounts.models import Approval, Duty
from gateway.payments.decisions import deciding
from nfc_topup import decisions, incidents
from tests.gateway.console.conftest import POOL
from tests.support.officers import Seated, seat

FINANCE = (roles.FINANCE_OFFICER, POOL)
Make = Callable[[], Any]


def text(seated: Seated, path: str) -> str:
    answer = seated.client.get(path)
    assert answer.status_code == 200, answer.content
    return str(answer.content.decode())


def test_a_load_in_doubt_is_proposed_by_one_and_refused_by_another(a_doubt: Make) -> None:
    load_id: UUID = a_doubt()
    maker, checker = seat(FINANCE, name="经办甲"), seat(FINANCE, name="复核乙")
    where = f"/console/loads/{load_id}"
    assert where in text(maker, "/console/loads")
    page = text(maker, where)
    assert "¥10.00" in page
    assert f"{where}/not_loaded" in page
    seen = decisions.dossier(load_id).seen
    form = {"reason": "卡片已交回柜台", "seen": seen}
    assert maker.client.post(f"{where}/not_loaded", form)["Location"] == where
    approval = Approval.objects.get(purpose=decisions.PURPOSE)
    page = text(maker, where)
    assert f"{where}/not_loaded" not in page
    assert f"/console/approvals/{approval.pk}" in page
    assert "¥10.00" in text(checker, f"/console/approvals/{approval.pk}")
    form = {"fingerprint": bytes(approval.fingerprint).hex()}
    checker.client.post(f"/console/approvals/{approval.pk}/refused", form)
    approval.refresh_from_db()
    assert (approval.state, approval.checker) == ("refused", checker.person)
    assert decisions.dossier(load_id).undecided
    assert f"{where}/not_loaded" in text(maker, where)


@pytest.mark.parametrize(
    ("form", "code"),
    [
        ({"reason": " "}, "reason_missing"),
        ({"reason": "x" * 201}, "reason_missing"),
        ({"reason": "ok", "seen": "00" * 32}, "load_evidence_changed"),
    ],
)
def test_a_proposal_that_cannot_stand_comes_back_with_what_was_typed(
    a_doubt: Make, form: dict[str, str], code: str
) -> None:
    load_id, maker = a_doubt(), seat(FINANCE)
    seen = {"seen": decisions.dossier(load_id).seen}
    answer = maker.client.post(f"/console/loads/{load_id}/loaded", seen | form)
    assert answer.status_code == 409
    page = answer.content.decode()
    assert code in page
    assert form["reason"].strip() in page
    assert not Approval.objects.exists()


def test_those_who_only_read_see_it_and_are_offered_nothing(a_doubt: Make) -> None:
    load_id = a_doubt()
    auditor = seat((roles.AUDITOR, None))
    page = text(auditor, f"/console/loads/{load_id}")
    assert f"/console/loads/{load_id}/loaded" not in page
    assert auditor.client.get(f"/console/loads/{load_id}/loaded").status_code == 403
    elsewhere = seat((roles.FINANCE_OFFICER, POOL + 1))
    assert str(load_id) not in text(elsewhere, "/console/loads")
    assert elsewhere.client.post(f"/console/loads/{load_id}/loaded").status_code == 404
    assert not Approval.objects.exists()


def test_an_incident_is_explained_by_one_and_closed_by_another(an_incident: Make) -> None:
    incident_id: UUID = an_incident()
    first, second = seat(FINANCE), seat((roles.SECURITY_OFFICER, None))
    where = f"/console/incidents/{incident_id}"
    assert f"{where}/explain" in text(first, "/console/incidents")
    answer = first.client.post(f"{where}/explain", {"text": "柜台误用测试卡"})
    assert answer["Location"] == "/console/incidents"
    assert f"{where}/close" not in text(first, "/console/incidents")
    assert first.client.post(f"{where}/close").status_code == 409
    assert f"{where}/close" in text(second, "/console/incidents")
    assert "柜台误用测试卡" in text(second, f"{where}/close")
    second.client.post(f"{where}/close")
    assert incidents.open_ones(POOL) == []


def test_a_contested_payment_is_proposed_and_carried_out_by_the_second(a_matter: Make) -> None:
    ref: str = a_matter()
    maker, checker = seat(FINANCE), seat(FINANCE)
    where = f"/console/set-aside/{ref}"
    assert where in text(maker, "/console/set-aside")
    assert f"{where}/ask_again" in text(maker, where)
    form = {"reason": "请渠道再核对", "seen": deciding.dossier(ref).seen}
    assert maker.client.post(f"{where}/ask_again", form)["Location"] == where
    [approval] = Approval.objects.all()
    assert f"/console/approvals/{approval.pk}" in text(maker, where)
    assert maker.client.post(f"{where}/ask_again", form).status_code == 409
    form = {"fingerprint": bytes(approval.fingerprint).hex()}
    answer = checker.client.post(f"/console/approvals/{approval.pk}/approved", form)
    assert answer.status_code == 302, answer.content.decode()
    assert deciding.dossier(ref).proposals[0].state == "done"


def test_a_choice_nobody_offers_is_not_found_or_refused(a_matter: Make) -> None:
    ref, maker = a_matter(), seat(FINANCE)
    assert maker.client.get(f"/console/set-aside/{ref}/steal").status_code == 404
    form = {"reason": "x", "seen": deciding.dossier(ref).seen}
    for choice in ("mark_done", "accept_as_paid"):
        answer = maker.client.post(f"/console/set-aside/{ref}/{choice}", form)
        assert answer.status_code == 409
    assert maker.client.get("/console/set-aside/nonsense").status_code == 404
    assert not Approval.objects.exists()


def test_keys_are_listed_by_name_and_check_value_alone(a_doubt: Make) -> None:
    a_doubt()
    page = text(seat((roles.KEY_CUSTODIAN, None)), "/console/keys")
    assert "圈存 1 · v1" in page
    assert "112233445566778899AABBCCDDEEFF00" not in page.upper()


def test_channel_keys_show_their_share(a_matter: Make) -> None:
    a_matter()
    text(seat((roles.AUDITOR, None)), "/console/channel-keys")


def test_the_first_page_counts_each_kind_by_pool(
    a_doubt: Make, an_incident: Make, a_matter: Make
) -> None:
    a_doubt(), an_incident(), a_matter()
    page = text(seat(FINANCE), "/console/")
    for said in ("存疑的圈存", "卡片异常", "留置的付款与退款", "¥20.00", "¥50.00"):
        assert said in page
    assert "现在没有等您处理的事" in text(seat((roles.FINANCE_OFFICER, POOL + 1)), "/console/")


@pytest.mark.parametrize("path", ["/console/loads", "/console/incidents", "/console/set-aside"])
def test_ten_rows_cost_no_more_questions_than_one(
    a_doubt: Make,
    an_incident: Make,
    a_matter: Make,
    path: str,
    django_assert_max_num_queries: DjangoAssertNumQueries,
) -> None:
    make = {"loads": a_doubt, "incidents": an_incident, "set-aside": a_matter}[path.split("/")[2]]
    make()
    officer = seat(FINANCE)
    officer.client.get(path)
    with django_assert_max_num_queries(25) as first:
        officer.client.get(path)
    for _ in range(9):
        make()
    with django_assert_max_num_queries(len(first)):
        officer.client.get(path)


def test_what_payments_gave_up_goes_to_two_officers(a_matter: Make) -> None:
    ref, now = a_matter(), clock.now()
    owed = Duty.objects.create(
        kind="payment.query",
        subject_id=UUID(ref.removeprefix("payment_contested-")),
        state="given_up",
        due_at=now,
        owed_at=now,
        finished_at=now,
    )
    administrator = seat((roles.ADMINISTRATOR, None))
    page = text(administrator, "/console/duties")
    assert f"/console/set-aside/work_given_up-payment.query-{owed.subject_id}" in page
    assert administrator.client.get(f"/console/duties/{owed.pk}/again").status_code == 404
    other = Duty.objects.create(
        kind="topup.return",
        subject_id=owed.subject_id,
        state="given_up",
        due_at=now,
        owed_at=now,
        finished_at=now,
    )
    assert f"/console/duties/{other.pk}/again" in text(administrator, "/console/duties")
    assert administrator.client.post(f"/console/duties/{other.pk}/again").status_code == 302
    other.refresh_from_db()
    assert other.state == "owed"
