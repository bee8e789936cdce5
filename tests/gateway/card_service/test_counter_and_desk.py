"""A card handed in at the counter, and its redemption proposed, refused and paid on the pages."""

from __future__ import annotations

from uuid import UUID

from accounts import clock, roles
from gateway.card_service import following, moving
from gateway.card_service.models import Departure, Part
from tests.gateway.card_service.desk import BOX, asked, cash_load
from tests.gateway.card_service.holders import WAIT, Held, known_by_name
from tests.support.officers import Seated, seat
from tests.support.province import Province


def page(seated: Seated, where: str, status: int = 200) -> str:
    answer = seated.client.get(where)
    assert answer.status_code == status, answer.content
    return str(answer.content.decode())


def decide(seated: Seated, one: Departure, verdict: str) -> str:
    """At the one desk of approvals, as every other."""
    where = f"/console/approvals/{one.approval_id}"
    told = page(seated, where)
    mark = 'name="fingerprint" value="'
    form = page(seated, f"{where}/{verdict}")
    fingerprint = form[form.index(mark) + len(mark) :][:64]
    answer = seated.client.post(f"{where}/{verdict}", {"fingerprint": fingerprint})
    assert answer.status_code == 302, answer.content.decode()
    return told


def test_a_card_is_taken_in_and_its_money_paid_by_two_officers(province: Province) -> None:
    me = known_by_name(province)
    clerk = seat((roles.CLERK, province.pool), name="柜员甲")
    maker, checker = (
        seat((roles.FINANCE_OFFICER, province.pool), name=name) for name in ("经办乙", "复核丙")
    )
    stranger = seat((roles.FINANCE_OFFICER, province.pool + 1))
    held = Held.new(province, me, named=True, loads=0)
    cash_load(held, 6_000)
    topup = held.load(5_000)
    departure_id = UUID(asked(held).body["id"])
    where = f"/console/services/{departure_id}"
    assert where in page(clerk, "/console/services")
    assert where not in page(stranger, "/console/services")
    assert "欧***" in page(clerk, where)
    for said in ({}, {"open_ride": "yes"}):
        refused = clerk.client.post(f"{where}/surrender", said)
        assert refused.status_code == 409
        assert "card_open_ride_first" in refused.content.decode()
    assert stranger.client.post(f"{where}/surrender", {"open_ride": "no"}).status_code in (404, 409)
    assert held.row.state == "in_use"
    assert clerk.client.post(f"{where}/surrender", {"open_ride": "no"})["Location"] == where
    assert held.row.state == "closed"
    assert where not in page(clerk, "/console/services"), "it waits for trips, for nobody's hand"
    assert maker.client.post(f"{where}/proposal", {}).status_code == 409

    moving.move(departure_id, clock.now() + WAIT)
    assert where in page(maker, "/console/services")
    assert f"{where}/proposal" not in page(clerk, where), "a clerk proposes nothing"
    assert clerk.client.post(f"{where}/proposal", {"rest": f"box:{BOX}"}).status_code == 403
    form = page(maker, f"{where}/proposal")
    assert all(words in form for words in ("¥50.00", "¥60.00", f"box:{BOX}", "¥100.00"))
    for wrong in ("", "box:nobody-s", "bank:x"):
        refused = maker.client.post(f"{where}/proposal", {"rest": wrong})
        assert "card_route_needed" in refused.content.decode()
    assert Part.objects.filter(departure_id=departure_id).count() == 0
    chosen = {"rest": f"box:{BOX}"}
    assert maker.client.post(f"{where}/proposal", chosen)["Location"] == where
    one = Departure.objects.get(pk=departure_id)
    own = maker.client.get(f"/console/approvals/{one.approval_id}/approved")
    assert own.status_code == 302, "whoever asked is not even asked"
    before = province.balance_fen("cash_in_transit", BOX)
    told = decide(checker, one, "refused")
    assert all(words in told for words in ("赎回付款", "原路退回", "柜台付现", "¥110.00", BOX))
    assert Departure.objects.get(pk=departure_id).state == "moved"
    assert province.balance_fen("redemption_payable", departure_id) == 11_000, "nothing moved"
    assert "未同意" in page(maker, where)

    assert maker.client.post(f"{where}/proposal", chosen)["Location"] == where
    decide(checker, Departure.objects.get(pk=departure_id), "approved")
    assert Departure.objects.get(pk=departure_id).state == "paying"
    assert province.balance_fen("cash_in_transit", BOX) == before - 6_000
    province.carry_refunds(topup)
    following.look(departure_id, clock.now())
    assert "已办完" in page(maker, where)
    assert province.balance_fen("redemption_payable", departure_id) == 0
    assert province.faults() == []
