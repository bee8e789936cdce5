"""Evidence of which one word is not about our payment, at every channel: nothing is booked."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from accounts import clock
from accounts.models import SecurityEvent
from gateway.channels.port import PaymentState
from gateway.payments import asking, confirming, evidence
from gateway.payments.line import Line
from tests.journeys.test_any_order import undone
from tests.support.channels import every_channel
from tests.support.province import Province


@every_channel
def test_each_compared_field_that_differs_alone_books_nothing(province: Province) -> None:
    """The signature was good, the money is there, and one word is not about our payment."""
    citizen = province.citizen()
    topup = province.order(citizen, province.card())
    [push] = province.pay(topup)
    assert province.deliver(push) in (200, 204)
    payment = province.payment(topup)
    fact = asking._ask(Line(payment.merchant), payment).fact
    lies: dict[str, Any] = {
        "order_no": "0" * 32,
        "merchant_no": "another",
        "app_no": "another",
        "currency": "USD",
        "state": PaymentState.FAILED,
        "transaction_no": f"{fact.transaction_no}0",
        "amount_fen": 4_999,
        "given_back": True,
    }
    assert {*evidence.COMPARED, "state", "given_back"} == lies.keys()
    for name, lie in lies.items():
        with undone():
            told = replace(fact, **{name: lie})
            confirming.confirm(payment.id, told, body=b"{}", now=clock.now())
            assert province.payment(topup).state == "contested", name
            [event] = SecurityEvent.objects.filter(subject=str(payment.id))
            assert {field.rpartition(".")[2] for field in event.facts["fields"]} == {name}
            assert province.balance_fen("received", payment.id) == 0
            assert citizen.get(f"topups/{topup['id']}").body["state"] == "placed"
    province.ask(topup)
    assert citizen.get(f"topups/{topup['id']}").body["state"] == "paid"
    assert province.faults() == []
