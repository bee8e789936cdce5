"""The pages of kiosks: a fleet at a glance, acts asked here and decided by a second officer."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts import clock, roles
from accounts.clock import business_day
from accounts.identifiers import new_id
from accounts.models import Approval, Kiosk
from gateway.console import kiosk_drawing, kiosk_words
from gateway.kiosk import fleet, lifecycle, quota
from gateway.kiosk.models import Box, Count, Counter, Difference, Enrolment, Grant, Key
from gateway.kiosk.models.fleet import Session
from reserve_funds import postings
from reserve_funds.custody.bank.models import OutflowRequest
from reserve_funds.ledger import book, pools
from tests.gateway.console.kiosk_rooms import (
    POOL,
    new_box,
    new_claim,
    new_counter,
    new_day,
    new_kept,
    new_kiosk,
)
from tests.reserve_funds.custody.bank.conftest import an_account
from tests.support.officers import Seated, seat

KEEPER, FINANCE = (roles.KIOSK_OPERATOR, POOL), (roles.FINANCE_OFFICER, POOL)


@pytest.fixture
def pair(db: None) -> tuple[Seated, Seated]:
    pools.open_pool(POOL, "MOT", business_day(clock.now()))
    return seat(KEEPER, FINANCE, name="经办甲"), seat(KEEPER, FINANCE, name="复核乙")


def text(seated: Seated, path: str) -> str:
    answer = seated.client.get(path)
    assert answer.status_code == 200, answer.content
    return str(answer.content.decode())


def verdict(seated: Seated, asked_id: Any, said: str = "approved") -> Any:
    asked = Approval.objects.get(pk=asked_id)
    form = {"fingerprint": bytes(asked.fingerprint).hex()}
    return seated.client.post(f"/console/approvals/{asked_id}/{said}", form)


def heard(kiosk: Kiosk, *errors: str, paper: str = "full", ago: timedelta = timedelta()) -> None:
    said = {
        "version": "1.4.2", "paper": paper, "cash_fen": 0, "notes": 0, "errors": list(errors),
        "waiting_records": 0, "said_at": clock.now() - ago,
    }  # fmt: skip
    fleet.hear(kiosk, said, now=clock.now() - ago)


def in_service(kiosk: Kiosk) -> Kiosk:
    Kiosk.objects.filter(pk=kiosk.pk).update(state="in_service")
    Session.objects.create(
        id=new_id(clock.now()), kiosk=kiosk, parameters_version="1", list_version=0,
        signed_on_at=clock.now(),
    )  # fmt: skip
    kiosk.refresh_from_db()
    return kiosk


def test_a_kiosk_from_its_entry_to_its_code_its_quota_and_its_end(
    pair: tuple[Seated, Seated],
) -> None:
    first, second = pair
    form = {
        "pool": str(POOL), "kiosk_code": "zz-0001", "terminal_no": "123456789012",
        "place": "郑州站", "longitude": "113.65", "latitude": "34.74",
    }  # fmt: skip
    wrong = first.client.post("/console/kiosks/new", form | {"longitude": "13"})
    assert wrong.status_code == 409
    assert "郑州站" in wrong.content.decode(), "what was typed stays"
    assert not Kiosk.objects.filter(code="zz-0001").exists(), "all of it or nothing"
    stranger = first.client.post("/console/kiosks/new", form | {"pool": "2", "kiosk_code": "zz-2"})
    assert stranger.status_code == 409, "another pool's kiosk"
    page = first.client.post("/console/kiosks/new", form)["Location"]
    kiosk = Kiosk.objects.get(code="zz-0001")
    asked = Enrolment.objects.get(kiosk=kiosk)
    assert f"/console/approvals/{asked.pk}" in text(second, page)
    assert second.client.post(f"{page}/code").status_code == 409, "nothing is approved"
    assert verdict(first, asked.pk).status_code == 409, "whoever asked"
    assert verdict(second, asked.pk).status_code == 302
    assert "注册码到期" in text(first, page)
    shown = first.client.post(f"{page}/code", {}).content.decode()
    code = re.search(r'codes strong">([^<]+)<', shown)[1]  # type: ignore[index]
    assert code not in text(first, page), "shown once"
    assert bytes(Enrolment.objects.get(pk=asked.pk).code_digest)  # type: ignore[arg-type]
    again = first.client.post(f"{page}/code", {}).content.decode()
    assert code not in again

    bad = first.client.post(f"{page}/quota", {"amount": "-5", "reason": "x"})
    assert (bad.status_code, "大于零" in bad.content.decode()) == (409, True)
    where = first.client.post(f"{page}/quota", {"amount": "2000", "reason": "新终端"})["Location"]
    assert quota.available_fen(kiosk) == 0
    assert verdict(first, where.rpartition("/")[2]).status_code == 409
    assert verdict(second, where.rpartition("/")[2]).status_code == 302
    assert (Grant.objects.get().amount_fen, quota.available_fen(kiosk)) == (200_000, 200_000)
    assert "¥2,000.00" in text(first, page)

    in_service(kiosk)
    assert first.client.post(f"{page}/revoke", {"reason": "x"}).status_code == 409, "not theirs"
    guard = seat((roles.SECURITY_OFFICER, POOL))
    assert guard.client.post(f"{page}/revoke", {"reason": "stolen"}).status_code == 302
    assert not Key.objects.filter(kiosk=kiosk, state="active").exists()
    for act, state in (("start", "in_service"), ("stop", "suspended"), ("retire", "retired")):
        assert f"{page}/{act}" in text(first, page)
        assert first.client.post(f"{page}/{act}", {"reason": "x"}).status_code == 302
        kiosk.refresh_from_db()
        assert kiosk.state == state
    assert f"{page}/move" not in text(first, page), "nothing is left to do"
    assert seat((roles.FINANCE_OFFICER, POOL + 1)).client.get(page).status_code == 404


def test_the_fleet_by_health_as_list_and_map_in_the_same_few_questions(
    pair: tuple[Seated, Seated],
) -> None:
    officer = pair[0]

    def questions() -> int:
        with CaptureQueriesContext(
            connection,
        ) as seen:
            text(officer, "/console/kiosks?view=map")
        return len(seen)

    made = {name: in_service(new_kiosk(place=name)) for name in ("好", "坏", "哑", "少纸")}
    few = questions()
    heard(made["好"])
    heard(made["坏"], "PRN-7")
    heard(made["哑"], ago=timedelta(minutes=30))
    heard(made["少纸"], paper="low")
    for number in range(20):
        new_kiosk(place=f"第 {number} 台")
    new_box(made["好"])
    assert questions() == few
    assert {name: fleet.standing(one, clock.now()).health for name, one in made.items()} == {
        "好": "well", "坏": "failing", "哑": "silent", "少纸": "low",
    }  # fmt: skip
    page = text(officer, "/console/kiosks")
    assert page.index("哑") < page.index("坏") < page.index("少纸"), "the worst first"
    only = text(officer, "/console/kiosks?health=failing")
    assert ("坏" in only, "第 3 台" in only) == (True, False)
    fleet.place_at(
        made["坏"], longitude_e5=11_400_000, latitude_e5=3_300_000, by=officer.person,
        now=clock.now(),
    )  # fmt: skip
    drawn = text(officer, "/console/kiosks?view=map")
    assert f"/console/kiosks/{made['坏'].pk}" in drawn
    assert "有故障" in drawn, "said in words too"
    assert "style=" not in drawn
    together = re.search(r"cell=(\d+\.\d+)", drawn)[1]  # type: ignore[index]
    assert "第 3 台" in text(officer, f"/console/kiosks?view=list&cell={together}")
    one = text(officer, f"/console/kiosks/{made['坏'].pk}")
    assert "PRN-7" in one
    assert "最近 48 小时收到 1 次心跳" in one
    assert officer.client.get("/console/kiosks?view=globe").status_code == 404


def test_boxes_are_counted_by_two_or_by_a_machine_and_age(pair: tuple[Seated, Seated]) -> None:
    first, second = pair
    kiosk = new_kiosk()
    box = new_box(kiosk, out_for=timedelta(days=9))
    book.post([
        postings.cash_accepted(POOL, new_id(clock.now()), new_id(clock.now()), box=box.label,
                               amount_fen=5_000, event_at=clock.now())
    ])  # fmt: skip
    page, where = text(first, "/console/kiosks/boxes"), f"/console/kiosks/boxes/{box.pk}"
    assert ("1 只超过 2 个工作日" in page, "¥50.00" in page) == (True, True)
    assert "¥50.00" not in text(second, where), "whoever counts is not told what is booked"
    assert first.client.post(f"{where}/count", {"note_5000": "eins"}).status_code == 409
    assert first.client.post(f"{where}/count", {"note_5000": "1"}).status_code == 302
    asked = Count.objects.get(box=box)
    alone = first.client.post(f"{where}/count", {"note_5000": "1"})
    assert (alone.status_code, "maker_is_checker" in alone.content.decode()) == (409, True)
    assert verdict(second, asked.pk).status_code == 409, "a verdict is no count"
    assert second.client.post(f"{where}/count", {"note_5000": "2"}).status_code == 409
    assert second.client.post(f"{where}/count", {"note_5000": "1"}).status_code == 302
    box.refresh_from_db()
    assert box.state == "counted"

    other, machine = new_box(kiosk, out_for=timedelta(days=1)), new_counter()
    page = f"/console/kiosks/counters/{machine.pk}/retire"
    assert verdict(second, machine.pk).status_code == 302
    assert Counter.objects.get(pk=machine.pk).state == "active"
    assert first.client.post(f"/console/kiosks/boxes/{other.pk}/count", {
        "record": str(new_id(clock.now())),
    }).status_code == 409, "a slip that nobody signed"  # fmt: skip
    assert Box.objects.get(pk=other.pk).state == "removed"
    assert first.client.post(page, {"reason": "sold"}).status_code == 302
    assert Counter.objects.get(pk=machine.pk).state == "retired"
    form = {
        "pool": str(POOL), "counter_code": "glory-1", "place": "库房", "algorithm": "ed25519",
        "public_pem": machine.public_pem,
    }  # fmt: skip
    assert "approvals" in first.client.post("/console/kiosks/counters/new", form)["Location"]
    assert "glory-1" in text(second, "/console/kiosks/counters")


def test_a_day_that_differs_is_ended_by_two(pair: tuple[Seated, Seated]) -> None:
    first, second = pair
    day = new_day(new_kiosk())
    Difference.objects.create(
        settlement=day, number=2, kind="missing_here", found_at=clock.now(),
        theirs={"kind": "note", "amount_fen": 5_000},
    )  # fmt: skip
    where = f"/console/kiosks/days/{day.pk}"
    assert "终端有，我方没有" in text(first, where)
    asked = first.client.post(f"{where}/end", {"reason": "机器丢了记录"})["Location"]
    assert verdict(first, asked.rpartition("/")[2]).status_code == 409
    assert verdict(second, asked.rpartition("/")[2]).status_code == 302
    day.refresh_from_db()
    assert day.state == "ended"
    assert f"{where}/end" not in text(first, where)


def test_kept_cash_is_listed_given_back_and_its_transfer_asked_for_by_two(
    pair: tuple[Seated, Seated],
) -> None:
    first, second = pair
    where = "/console/kiosks/claims"
    box = new_box(new_kiosk(), out_for=timedelta(days=1))
    one, two = new_kept(box), new_kept(box, card_no="3105070200000000025", fen=2_000)
    page = text(first, where)
    for word in ("没能成订单", "随时可领", box.label, "¥50.00", "¥20.00", f"{one.pk}/give-back"):
        assert word in page
    keeper = seat(KEEPER)
    assert "give-back" not in text(keeper, where)
    assert keeper.client.post(f"{where}/{one.pk}/give-back", {"reason": "x"}).status_code == 403

    asked = first.client.post(f"{where}/{one.pk}/give-back", {"box": box.label, "reason": "小票"})
    approval = asked["Location"].rpartition("/")[2]
    assert approval in text(second, where), "what was done stands there"
    assert verdict(first, approval).status_code == 409
    assert verdict(second, approval).status_code == 302
    again = first.client.post(f"{where}/{one.pk}/give-back", {"box": box.label, "reason": "x"})
    assert (again.status_code, "kiosk_claim_not_open" in again.content.decode()) == (409, True)
    assert "最近办结的留存现金" in text(first, where)

    asked = first.client.post(f"{where}/{two.pk}/give-back", {"reason": "小票"})
    assert verdict(second, asked["Location"].rpartition("/")[2]).status_code == 302
    path = f"{where}/{two.pk}/transfer"
    assert path in text(first, where)
    account = an_account(POOL, form="camt053")
    form = {"account": str(account.id), "payee_no": "6222021702018887777", "payee_name": "王小明",
            "payee_bank_code": "102491002013", "reason": "持小票来领"}  # fmt: skip
    assert first.client.post(path, form | {"account": "x"}).status_code == 409
    sent = first.client.post(path, form)
    assert sent.status_code == 302, sent.content.decode()
    outflow = OutflowRequest.objects.get(pk=sent["Location"].rpartition("/")[2])
    assert (outflow.amount_fen, outflow.purpose) == (2_000, "REFUND_TO_PAYER")
    twice = first.client.post(path, form)
    assert (twice.status_code, "kiosk_transfer_not_open" in twice.content.decode()) == (409, True)
    assert verdict(first, outflow.pk).status_code == 409
    assert verdict(second, outflow.pk).status_code == 302
    assert "没有等着划出的钱" in text(first, path)


def test_the_list_of_cash_asks_the_same_few_questions(pair: tuple[Seated, Seated]) -> None:
    box = new_box(new_kiosk(), out_for=timedelta(days=1))

    def questions() -> int:
        with CaptureQueriesContext(connection) as seen:
            text(pair[0], "/console/kiosks/claims")
        return len(seen)

    new_kept(box)
    few = questions()
    for number in range(3):
        new_kept(box, card_no=f"310507020000000{number:04d}")
        new_claim(new_kiosk(), card_no=f"310507020000001{number:04d}")
    assert questions() == few


def test_every_state_purpose_and_act_has_its_word() -> None:
    for table, moves in (
        (kiosk_words.ENROLMENT, lifecycle.ENROLMENT_MOVES), (kiosk_words.BOX, lifecycle.BOX_MOVES),
        (kiosk_words.COUNT, lifecycle.COUNT_MOVES), (kiosk_words.DAY, lifecycle.SETTLEMENT_MOVES),
        (kiosk_words.CLAIM, lifecycle.CLAIM_MOVES), (kiosk_words.KEY, lifecycle.KEY_MOVES),
    ):  # fmt: skip
        assert set(table) == set(moves)
    assert set(kiosk_words.HEALTH) == set(kiosk_words.WORST)
    assert set(kiosk_words.ACTS) == set(kiosk_words.TITLES)
    assert kiosk_drawing.share(5, 0, told="x") == ""
