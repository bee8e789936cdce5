"""Banks suspended, roles given, locks lifted on their pages: asked by one, decided by another."""

from __future__ import annotations

import itertools
from typing import Any

from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts import approvals, clock, devices, people, posts, roles
from accounts.models import Approval, PartnerBank
from nfc_topup.models import Lock
from tests.gateway.console.test_door import a_lock
from tests.support.officers import Seated, seat

POOL = 1
FINANCE, SECURITY = (roles.FINANCE_OFFICER, None), (roles.SECURITY_OFFICER, None)
_numbers = itertools.count()


def text(seated: Seated, path: str, **more: str) -> str:
    answer = seated.client.get(path, **more)
    assert answer.status_code == 200, answer.content
    return str(answer.content.decode())


def verdict(seated: Seated, where: str, said: str = "approved") -> Any:
    asked = approvals.get(where.rpartition("/")[2])  # type: ignore[arg-type]
    form = {"fingerprint": bytes(asked.fingerprint).hex()}
    return seated.client.post(f"/console/approvals/{asked.pk}/{said}", form)


def questions(seated: Seated, path: str) -> int:
    with CaptureQueriesContext(connection) as seen:
        text(seated, path)
    return len(seen)


def a_bank(name: str = "试验银行") -> PartnerBank:
    return devices.add_bank(code=f"bank_p{next(_numbers)}", name=name, now=clock.now())


def test_a_bank_is_suspended_by_two_on_its_page_and_taken_up_again(db: None) -> None:
    bank, maker, checker = a_bank(), seat(SECURITY), seat(FINANCE)
    where = f"/console/banks/{bank.code}/suspend"
    assert where in text(maker, "/console/banks")
    assert "暂不发出" in text(maker, where)
    answer = maker.client.post(where, {"reason": " "})
    assert answer.status_code == 409
    assert "decision_reason_missing" in answer.content.decode()
    asked = maker.client.post(where, {"reason": "对账异常"})["Location"]
    assert asked in text(maker, "/console/banks")
    assert maker.client.post(where, {"reason": "again"}).status_code == 409
    page = text(checker, asked)
    for said in ("暂停合作银行", "正常受理", "已暂停", "试验银行"):
        assert said in page
    assert verdict(maker, asked).status_code in (403, 404, 409), "who asked decides nothing"
    bank.refresh_from_db()
    assert bank.state == "active"
    assert verdict(checker, asked).status_code == 302
    bank.refresh_from_db()
    assert bank.state == "suspended"
    back = f"/console/banks/{bank.code}/resume"
    local = seat((roles.FINANCE_OFFICER, POOL))
    assert ("已暂停" in text(local, "/console/banks"), back in text(local, "/console/banks")) == (
        True, False,
    )  # fmt: skip
    assert maker.client.post(where, {"reason": "x"}).status_code == 409, "it is suspended already"
    assert verdict(checker, maker.client.post(back, {"reason": "好了"})["Location"], "refused")
    assert verdict(checker, maker.client.post(back, {"reason": "好了"})["Location"])
    bank.refresh_from_db()
    assert bank.state == "active"
    few = questions(checker, "/console/banks")
    for _ in range(10):
        a_bank()
    assert questions(checker, "/console/banks") == few
    english = text(checker, "/console/banks", headers={"Accept-Language": "en"})
    assert ("Partner banks" in english, "合作银行状态" in english) == (True, False)


def test_a_role_is_asked_for_decided_and_withdrawn_and_nobody_is_offered_their_own(
    db: None,
) -> None:
    maker, checker = seat(SECURITY, name="甲安全"), seat(SECURITY, name="乙安全")
    new = seat(name="丙新人")
    give = f"/console/roles/{new.officer.pk}/give"
    page = text(maker, "/console/roles?q=丙新")
    assert (give in page, checker.officer.login_name in page) == (True, False)
    assert f"/console/roles/{maker.officer.pk}/give" not in text(maker, "/console/roles")
    form = {"role": roles.FINANCE_OFFICER, "pool": str(POOL), "reason": "接替岗位"}
    for change in ({"reason": ""}, {"role": "king"}, {"until": "2020-01-01"}, {"until": "soon"}):
        assert maker.client.post(give, form | change).status_code == 409, change
    assert maker.client.post(give, form | {"pool": "999"}).status_code == 409
    own = f"/console/roles/{maker.officer.pk}/give"
    assert "own_granter" in maker.client.post(own, form).content.decode()
    assert not Approval.objects.filter(maker=maker.person).exists()
    asked = maker.client.post(give, form | {"until": "2099-12-31"})["Location"]
    assert asked in text(checker, "/console/roles")
    page = text(checker, asked)
    for said in ("授予角色", "财务人员", "丙新人", "接替岗位"):
        assert said in page
    assert verdict(new, asked).status_code in (403, 404, 409)
    assert verdict(checker, asked).status_code == 302
    assert people.has_role(new.person, roles.FINANCE_OFFICER, POOL, clock.now())
    [held] = [one for one in people.roles_of(new.person, clock.now()) if one.role in posts.GIVEN]
    away = f"/console/roles/grants/{held.pk}/withdraw"
    assert away in text(maker, "/console/roles?role=finance_officer")
    asked = maker.client.post(away, {"reason": "调离"})["Location"]
    assert verdict(checker, asked).status_code == 302
    assert not people.has_role(new.person, roles.FINANCE_OFFICER, POOL, clock.now())
    assert maker.client.post(away, {"reason": "again"}).status_code == 404

    near, far = seat((roles.SECURITY_OFFICER, POOL)), seat((roles.CLERK, POOL + 1), name="远方")
    page = text(near, "/console/roles")
    assert ("远方" in page, "丙新人" in page) == (False, True)
    hidden = f"/console/roles/{far.officer.pk}/give"
    assert near.client.get(hidden).status_code == 404
    assert near.client.post(give, form | {"pool": "0"}).status_code == 409, "not for the province"
    auditor = seat((roles.AUDITOR, None))
    assert "/give" not in text(auditor, "/console/roles")
    few = questions(auditor, "/console/roles")
    for _ in range(10):
        seat((roles.CLERK, POOL))
    assert questions(auditor, "/console/roles") == few


def test_a_lock_is_lifted_by_two_before_its_time_and_seen_by_its_pool_alone(db: None) -> None:
    maker, guard = seat((roles.FINANCE_OFFICER, POOL)), seat((roles.SECURITY_OFFICER, POOL))
    lock = Lock.objects.get(pk=a_lock()["lock_id"])
    where = f"/console/locks/{lock.pk}/lift"
    page = text(maker, "/console/locks")
    for said in (where, "卡的鉴别码（MAC1）连续不对", "所有卡"):
        assert said in page
    elsewhere = seat((roles.FINANCE_OFFICER, POOL + 1))
    assert where not in text(elsewhere, "/console/locks")
    assert elsewhere.client.post(where, {"reason": "x"}).status_code == 404
    assert where not in text(seat((roles.AUDITOR, None)), "/console/locks")
    assert "reason_missing" in maker.client.post(where, {"reason": " "}).content.decode()
    asked = maker.client.post(where, {"reason": "读卡器故障，已更换"})["Location"]
    page = text(maker, "/console/locks")
    assert (asked in page, where in page) == (True, False)
    assert verdict(maker, asked).status_code in (403, 404, 409)
    lock.refresh_from_db()
    assert lock.state == "active"
    assert verdict(guard, asked).status_code == 302
    lock.refresh_from_db()
    assert lock.state == "lifted"
    assert maker.client.post(where, {"reason": "again"}).status_code == 404
    few = questions(maker, "/console/locks")
    for _ in range(10):
        a_lock()
    assert questions(maker, "/console/locks") == few
