"""What a citizen's money does is told to the operator's own system, each step in its schema."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import jsonschema
import pytest

from accounts import clock, duties, own_data
from accounts.models import Operator
from gateway.events import catalogue, making, owing
from gateway.events.models import Event
from gateway.payments.models import Refund
from tests.gateway.card_service.desk import Desk, asked, payable
from tests.gateway.card_service.holders import Held, known_by_name
from tests.gateway.events import scene
from tests.gateway.events.scene import Receiver
from tests.support.province import Province, payment_id
from tests.support.talk import Talk

SCHEMAS = {kind.name: kind.schema for kind in catalogue.KINDS}
KINDS = [*(catalogue.duty_of(subject) for subject in catalogue.SUBJECTS), owing.SEND]


@pytest.fixture
def told(province: Province) -> Iterator[Callable[[], list[tuple[str, dict[str, object]]]]]:
    """Registers the operator's receiver; gives what it has heard once all is worked off."""
    receiver = Receiver()
    scene.an_endpoint(receiver, Operator.objects.get(pool=province.pool))

    def all_of_it() -> list[tuple[str, dict[str, object]]]:
        while duties.work(clock.now(), kinds=KINDS):
            pass
        for one in receiver.events:
            jsonschema.Draft202012Validator(
                SCHEMAS[one.words["type"]], format_checker=jsonschema.FormatChecker()
            ).validate(one.words["data"])
        return [(one.words["type"], one.words["data"]) for one in receiver.events]

    yield all_of_it
    receiver.stop()


def test_paid_and_loaded(province: Province, told) -> None:  # type: ignore[no-untyped-def]
    citizen = province.citizen()
    talk = Talk(citizen=citizen, card=province.card())
    topup = province.paid(citizen, talk.card)
    assert talk.load(topup).body["outcome"] == "loaded"
    heard = dict(told())
    assert set(heard) == {"topup.paid", "payment.confirmed", "topup.loaded"}
    payment = province.payment(topup)
    assert heard["payment.confirmed"]["for"] == {"kind": "topup", "id": topup["id"]}
    assert heard["payment.confirmed"]["transaction_no"] == payment.transaction_no
    assert heard["payment.confirmed"]["paid_fen"] == 5_000
    assert heard["topup.loaded"]["topup_id"] == topup["id"]
    asn = talk.card.state.asn
    assert asn[1:] not in str(heard)
    assert str(heard["topup.loaded"]["card_no"]).endswith(asn[-4:])


def test_a_card_lost_found_renewed_and_given_up(province: Province, told) -> None:  # type: ignore[no-untyped-def]
    me, desk = known_by_name(province), Desk(province)
    held = Held.new(province, me, named=True)
    for service in ("loss", "loss/lift", "renewal"):
        assert me.post(f"{held.path}/{service}").status in (200, 201)
    withdrawn = asked(held).body["id"]
    assert me.post(f"departures/{withdrawn}/withdraw").status == 200
    codes = {one.code for one in own_data.objections(me.person, clock.now())}
    assert "card_service_under_way" not in codes, "what was withdrawn is over"
    departure_id = payable(held, desk)
    codes = {one.code for one in own_data.objections(me.person, clock.now())}
    assert "card_service_under_way" in codes
    exported = b"".join(own_data.export(me.person, whole=False, now=clock.now())).decode()
    assert str(departure_id) in exported
    making.make("departure", departure_id, now=clock.now())  # its move lies in the days to come
    heard = [(name, said) for name, said in told() if name.startswith("card")]
    assert [name for name, _ in heard if name.startswith("card.")] == [
        "card.lost", "card.found", "card.renewed", "card.closed",
    ]  # fmt: skip
    assert {name for name, _ in heard if name.startswith("card_service.")} == {
        "card_service.withdrawn", "card_service.moved",
    }  # fmt: skip
    said = dict(heard)["card_service.moved"]
    assert (said["service_id"], said["kind"], said["amount_fen"]) == (
        str(departure_id), "redemption", 5_000,
    )  # fmt: skip
    assert held.asn[1:] not in str(heard)


def test_torn_off_and_found_again(province: Province, told) -> None:  # type: ignore[no-untyped-def]
    citizen = province.citizen()
    talk = Talk(citizen=citizen, card=province.card())
    topup = province.paid(citizen, talk.card)
    talk.load(topup, tear="after")
    assert [name for name, _ in told()][-1] == "topup.in_doubt"
    assert talk.show().status == 200
    assert [name for name, _ in told() if name.startswith("topup.")] == [
        "topup.paid",
        "topup.in_doubt",
        "topup.loaded",
    ]


def test_given_back(province: Province, told) -> None:  # type: ignore[no-untyped-def]
    citizen = province.citizen()
    topup = province.paid(citizen, province.card(), 3_000)
    assert citizen.post(f"topups/{topup['id']}/refund").status in (200, 201, 202)
    province.carry_refunds(topup)
    heard = told()
    assert [name for name, _ in heard if name.startswith("topup.")] == [
        "topup.paid",
        "topup.refunding",
        "topup.refunded",
    ]
    refund = Refund.objects.get(payment_id=payment_id(topup))
    (done,) = [data for name, data in heard if name == "refund.done"]
    assert (done["refund_no"], done["amount_fen"]) == (refund.refund_no, 3_000)
    assert done["payment_id"] == str(payment_id(topup))


def test_contested_evidence_is_told(province: Province, told) -> None:  # type: ignore[no-untyped-def]
    citizen = province.citizen()
    topup = province.order(citizen, province.card(), 5_000)
    [push] = province.pay(topup)
    assert province.deliver(push) in (200, 204)
    province.wallet.faults(answer_wrong_amount=1)
    province.ask(topup)
    assert province.payment(topup).state == "contested"
    assert [name for name, _ in told()] == ["payment.contested"]
    assert Event.objects.filter(subject_id=topup["id"]).count() == 0
