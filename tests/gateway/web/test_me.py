"""我的: devices, the name, the data; each one's own, each refused to everybody else."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.db import connection

from accounts import cards, clock, people, real_names, sign_ins
from accounts.identifiers import new_id
from accounts.models import AuditEntry, Person, RealNameCheck
from accounts.real_names import Answer
from gateway.topup.models import TopUp
from tests.accounts.strangers import a_card_no
from tests.accounts.test_id_numbers import a_number
from tests.accounts.test_real_names import Office
from tests.gateway.web.citizens import Signed, signed

pytestmark = pytest.mark.django_db


@pytest.fixture
def office() -> Iterator[Office]:
    before = dict(real_names._offered)
    made = Office()
    real_names.offer(made)
    yield made
    real_names.offer(before.get("in_use"))


def a_topup(me: Signed) -> TopUp:
    now = clock.now()
    card = cards.add(me.person, a_card_no(), now)
    return TopUp.objects.create(
        id=new_id(now),
        pool=card.operator.pool,
        person=me.person,
        card=card,
        amount_fen=5_000,
        placed_at=now,
    )


def test_devices_show_which_is_this_one_and_end_the_others() -> None:
    me = signed()
    other = signed(me.person)
    page = me.client.get("/me/devices").content.decode()
    assert page.count("iPhone · 微信") >= 2
    assert "就是这台" in page
    assert me.client.post(f"/me/devices/{other.sign_in.pk}/end").status_code == 302
    assert other.client.get("/me").status_code == 302
    assert me.client.get("/me").status_code == 200


def test_all_others_at_once() -> None:
    me = signed()
    others = [signed(me.person) for _ in range(3)]
    assert me.client.post("/me/devices/others/end").status_code == 302
    assert [one.client.get("/me").status_code for one in others] == [302] * 3
    assert me.client.get("/me").status_code == 200


def test_another_persons_device_is_not_found_and_stays() -> None:
    me, other = signed(), signed()
    assert me.client.post(f"/me/devices/{other.sign_in.pk}/end").status_code == 404
    assert other.client.get("/me").status_code == 200


def test_ending_this_one_is_signing_out() -> None:
    me = signed()
    answer = me.client.post(f"/me/devices/{me.sign_in.pk}/end")
    assert answer["Location"] == "/sign-in"
    assert me.client.get("/me").status_code == 302


def test_a_name_is_confirmed_and_shown_masked(office: Office) -> None:
    me, number = signed(), a_number()
    answer = me.client.post("/me/real-name", {"name": "李秀兰", "id_number": number})
    assert answer.status_code == 302
    page = me.client.get("/me/real-name").content.decode()
    assert "李**" in page
    assert "李秀兰" not in page
    assert number not in page
    assert "已实名" in me.client.get("/me").content.decode()


def test_a_wrong_number_is_explained_and_never_repeated(office: Office) -> None:
    me = signed()
    wrong = a_number()[:-1] + ("0" if a_number()[-1] != "0" else "1")
    answer = me.client.post("/me/real-name", {"name": "李秀兰", "id_number": wrong})
    assert answer.status_code == 400
    page = answer.content.decode()
    assert "身份证号码不对" in page
    assert wrong not in page
    assert "李秀兰" in page, "what was right need not be typed twice"
    assert not RealNameCheck.objects.exists()


def test_an_answer_that_has_not_come_is_said_calmly(office: Office) -> None:
    me = signed()
    office.says = Answer.UNKNOWN
    me.client.post("/me/real-name", {"name": "李秀兰", "id_number": a_number()})
    page = me.client.get("/me/real-name").content.decode()
    assert "正在核验" in page
    assert '<form method="post" action="/me/real-name"' not in page


def test_the_copy_to_take_along_is_one_s_own_and_streamed(office: Office) -> None:
    me, other = signed(), signed()
    mine, theirs = a_topup(me), a_topup(other)
    answer = me.client.post("/me/data/export")
    assert answer.streaming
    assert answer["Content-Disposition"].startswith('attachment; filename="my-data-')
    assert "no-store" in answer["Cache-Control"]
    text = b"".join(answer.streaming_content).decode()  # type: ignore[attr-defined]
    told = json.loads(text)
    assert [one["id"] for one in told["sections"]["top_ups"]] == [str(mine.pk)]
    assert str(theirs.pk) not in text
    assert str(other.person.pk) not in text
    assert me.person.phone not in text
    assert mine.card.card_no not in text
    again = me.client.post("/me/data/export", {"whole": "on"})
    whole = b"".join(again.streaming_content).decode()  # type: ignore[attr-defined]
    assert me.person.phone in whole
    assert mine.card.card_no in whole
    assert AuditEntry.objects.filter(act="own_data_exported").count() == 2


def test_leaving_wants_the_box_ticked() -> None:
    me = signed()
    answer = me.client.post("/me/data/leave")
    assert answer.status_code == 400
    assert "请先勾选" in answer.content.decode()
    me.person.refresh_from_db()
    assert me.person.deleted_at is None


def test_leaving_is_leaving() -> None:
    me = signed()
    phone = me.person.phone
    answer = me.client.post("/me/data/leave", {"sure": "on"})
    assert answer.status_code == 200
    assert "已经删除" in answer.content.decode()
    assert me.client.get("/me").status_code == 302
    assert Person.objects.get(pk=me.person.pk).deleted_at is not None
    assert people.enrol(phone, clock.now()).pk != me.person.pk


WAYS = {
    "placed": [],
    "paid": ["paid"],
    "loading": ["paid", "loading"],
    "in_doubt": ["paid", "loading", "in_doubt"],
    "refunding": ["paid", "refunding"],
}


@pytest.mark.parametrize("state", list(WAYS))
def test_money_under_way_keeps_the_person_and_says_so(state: str) -> None:
    me = signed()
    topup = a_topup(me)
    with connection.cursor() as cursor:
        for step in WAYS[state]:
            cursor.execute("UPDATE topup_topup SET state = %s WHERE id = %s", [step, topup.pk])
    page = me.client.get("/me/data/leave").content.decode()
    assert "还没办完的充值或退款" in page
    assert 'name="sure"' not in page
    assert me.client.post("/me/data/leave", {"sure": "on"}).status_code == 409
    me.person.refresh_from_db()
    assert me.person.deleted_at is None
    assert sign_ins.of(me.person, clock.now() + timedelta(seconds=1))


def test_what_is_over_lets_one_go() -> None:
    me = signed()
    topup = a_topup(me)
    with connection.cursor() as cursor:
        cursor.execute("UPDATE topup_topup SET state = 'expired' WHERE id = %s", [topup.pk])
    assert me.client.post("/me/data/leave", {"sure": "on"}).status_code == 200
    topup.refresh_from_db()
    assert topup.person_id == me.person.pk, "the books stay, under an id that leads to nobody"
