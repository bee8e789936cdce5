"""A wallet provider fetches the load of an order by its number, and nothing else happens."""

from __future__ import annotations

import pytest
from django.db import DatabaseError, connection, transaction

from accounts.models import SecurityEvent
from gateway.server_fetch.models import FetchOrder, Report
from nfc_topup.models import Load, LoadSeal
from tests.support.phone import Fetching, Server
from tests.support.province import Province
from tests.support.talk import Talk


@pytest.fixture
def fetching(province: Province) -> Fetching:
    return Fetching.new(province)


def parts(answer: str) -> dict[str, str]:
    ends = {"balance": (0, 8), "counter": (8, 12), "key_version": (12, 14)}
    ends |= {"algorithm": (14, 16), "random": (16, 24), "mac1": (24, 32)}
    return {name: answer[start:end] for name, (start, end) in ends.items()}


def test_a_provider_carries_the_script_and_the_card_is_loaded(fetching: Fetching) -> None:
    opened = fetching.open()
    assert opened.status == 201, opened.body
    assert opened.body["amount_fen"] == 5_000
    assert (
        opened.body["initialize"]["terminal"].lower() in opened.body["script"][-1]["apdu"].lower()
    )

    credit = fetching.challenge(opened)
    verdict = fetching.result(credit.body["load_id"], answers=fetching.run(credit.body["script"]))

    assert (verdict.status, verdict.body["outcome"]) == (200, "loaded")
    assert fetching.state() == "loaded"
    assert fetching.agrees(5_000)
    story = fetching.citizen.get(f"topups/{fetching.topup['id']}/story").body
    assert [row["code"] for row in story["transfers"]][-2:] == ["load", "load"]


def test_a_provider_that_drives_the_card_sends_values(fetching: Fetching) -> None:
    opened = fetching.open()
    answers = fetching.run(opened.body["script"])
    wish = {"card_no": fetching.card_no, "amount_fen": 5_000, "initialize": parts(answers[-1])}
    credit = fetching.challenge(opened, wish)
    tac = fetching.run(credit.body["script"])[0][:8]

    assert fetching.result(credit.body["load_id"], tac=tac).body["outcome"] == "loaded"
    assert fetching.agrees(5_000)


def test_each_step_again_gives_the_same(fetching: Fetching) -> None:
    first, again = fetching.open(), fetching.open()
    assert first.raw == again.raw, "the same load, the same terminal number"
    wish = fetching.wish(again)
    made = [fetching.challenge(again, wish) for _ in range(3)]
    assert len({credit.raw for credit in made}) == 1
    answers = fetching.run(made[0].body["script"])
    told = [fetching.result(first.body["load_id"], answers=answers) for _ in range(3)]
    assert {answer.status for answer in told} == {200}
    assert len({answer.raw for answer in told}) == 1, "a repeated confirmation answers success"
    assert Report.objects.filter(load_id=first.body["load_id"]).count() == 1
    assert fetching.agrees(5_000)


def test_after_it_is_loaded_nothing_is_left_to_fetch(fetching: Fetching) -> None:
    fetching.load()
    again = fetching.open()
    assert (again.status, again.body["code"]) == (409, "topup_is_over")
    assert fetching.order().body["code"] == "topup_is_over"
    told = fetching.server.get(fetching.path).body
    assert told["state"] == "loaded"
    assert [load["state"] for load in told["loads"]] == ["loaded"]


@pytest.mark.parametrize("words", [{"status": "FAIL"}, {"status": "0000", "tac": None}])
def test_a_result_without_tac_is_doubt_and_evidence_ends_it(
    fetching: Fetching, words: dict[str, object]
) -> None:
    credit = fetching.challenge(fetching.open())
    fetching.run(credit.body["script"])

    verdict = fetching.result(credit.body["load_id"], **words)

    assert verdict.body["outcome"] == "in_doubt"
    assert fetching.state() == "in_doubt"
    refused = fetching.citizen.post(f"topups/{fetching.topup['id']}/refund")
    assert refused.body["code"] == "refund_while_load_unresolved", "a lie gains nothing"
    assert fetching.open().body["code"] == "load_unresolved"
    assert fetching.show().body["outcome"] == "loaded"
    assert fetching.agrees(5_000)


def test_a_tac_nobody_made_is_doubt_and_an_alarm(fetching: Fetching) -> None:
    credit = fetching.challenge(fetching.open())
    load_id = credit.body["load_id"]

    assert fetching.result(load_id, tac="DEADBEEF").body["outcome"] == "in_doubt"

    assert SecurityEvent.objects.filter(code="card_tac_wrong", subject=f"load:{load_id}").exists()
    fetching.card.line("!reset")
    assert fetching.show().body["outcome"] == "not_loaded"
    assert fetching.state() == "paid"
    assert fetching.load().body["outcome"] == "loaded", "a new load under the same order"
    assert fetching.agrees(5_000)


def test_a_late_truth_is_taken(fetching: Fetching) -> None:
    credit = fetching.challenge(fetching.open())
    load_id = credit.body["load_id"]
    answers = fetching.run(credit.body["script"])
    fetching.result(load_id, status="FAIL")

    assert fetching.result(load_id, answers=answers).body["outcome"] == "loaded"
    assert fetching.result(load_id, status="FAIL").body["outcome"] == "loaded", "it stays"
    assert fetching.agrees(5_000)


def test_a_load_torn_at_the_provider_is_healed_at_the_citizens_own_phone(
    fetching: Fetching,
) -> None:
    credit = fetching.challenge(fetching.open())
    fetching.card.line("!tear-after")
    answers = fetching.run(credit.body["script"])
    assert fetching.result(credit.body["load_id"], answers=answers).body["outcome"] == "in_doubt"

    talk = Talk(citizen=fetching.citizen, card=fetching.card)
    assert talk.show().body["outcome"] == "loaded"

    again = fetching.result(credit.body["load_id"], answers=answers)
    assert again.body["outcome"] == "loaded", "the provider is told what became of it"
    assert fetching.agrees(5_000)


def test_the_challenge_of_an_earlier_load_gets_no_mac2(province: Province) -> None:
    fetching = Fetching.new(province)
    first = fetching.open()
    recorded = fetching.wish(first)
    assert fetching.challenge(first, recorded).status == 200
    fetching.result(first.body["load_id"], status="FAIL")
    fetching.card.line("!reset")
    assert fetching.show().body["outcome"] == "not_loaded"

    second = fetching.open()
    replayed = fetching.challenge(second, recorded)

    assert (replayed.status, replayed.body["code"]) == (409, "mac1_wrong"), (
        "the terminal number is another one, so the recorded MAC1 proves nothing"
    )
    assert LoadSeal.objects.filter(load_id=second.body["load_id"]).count() == 0
    assert fetching.load().body["outcome"] == "loaded"
    assert fetching.agrees(5_000)


@pytest.mark.parametrize(
    ("words", "code"),
    [
        ({"amount_fen": 5_001}, "fetch_amount_differs"),
        ({"amount_fen": 1}, "fetch_amount_differs"),
        ({"card_no": "3109990000000000000"}, "fetch_card_differs"),
    ],
)
def test_amount_and_card_must_be_the_orders(
    fetching: Fetching, words: dict[str, object], code: str
) -> None:
    opened = fetching.open()
    refused = fetching.challenge(opened, fetching.wish(opened) | words)
    assert (refused.status, refused.body["code"]) == (409, code)
    assert fetching.state() == "paid"
    assert not LoadSeal.objects.filter(load_id=opened.body["load_id"]).exists()


def test_another_card_is_refused_before_a_load_is_opened(fetching: Fetching) -> None:
    refused = fetching.open(card_no="3109990000000000000")
    assert (refused.status, refused.body["code"]) == (409, "fetch_card_differs")
    assert not Load.objects.filter(order_id=fetching.topup["id"]).exists()


def test_another_providers_order_is_not_found_at_any_door(
    fetching: Fetching, province: Province
) -> None:
    credit = fetching.challenge(fetching.open())
    load_id = credit.body["load_id"]
    fetching.result(load_id, status="FAIL")
    inquiry = fetching.server.post(f"{fetching.path}/evidence").body["id"]
    stranger = Server.new()
    wish = {"card_no": fetching.card_no, "amount_fen": 5_000, "answers": []}

    answers = [
        stranger.get(fetching.path),
        stranger.post(f"{fetching.path}/loads", {"card_no": fetching.card_no}),
        stranger.post(f"{fetching.path}/loads/{load_id}/challenge", wish),
        stranger.post(f"{fetching.path}/loads/{load_id}/result", {"status": "0"}),
        stranger.post(f"{fetching.path}/evidence"),
        stranger.post(f"{fetching.path}/evidence/{inquiry}", {"answers": []}),
    ]

    assert {(one.status, one.body["code"]) for one in answers} == {(404, "fetch_order_not_found")}
    assert fetching.state() == "in_doubt", "nothing moved"


def test_a_load_or_question_of_another_order_is_not_found(
    fetching: Fetching, province: Province
) -> None:
    other = Fetching.new(province, fetching.server)
    theirs = other.challenge(other.open()).body["load_id"]
    other.result(theirs, status="FAIL")
    inquiry = other.server.post(f"{other.path}/evidence").body["id"]
    wish = {"card_no": fetching.card_no, "amount_fen": 5_000, "answers": []}

    for refused, code in [
        (fetching.server.post(f"{fetching.path}/loads/{theirs}/challenge", wish), "load_unknown"),
        (fetching.result(theirs), "load_unknown"),
        (
            fetching.server.post(f"{fetching.path}/evidence/{inquiry}", {"answers": []}),
            "inquiry_unknown",
        ),
    ]:
        assert (refused.status, refused.body["code"]) == (404, code)
    assert other.state() == "in_doubt"


def test_only_a_paid_top_up_of_ones_own_is_handed_to_a_wallet(
    fetching: Fetching, province: Province
) -> None:
    wish = {"provider": fetching.server.provider.code}
    unpaid = province.order(fetching.citizen, province.card())
    stranger = province.citizen()

    for refused, status, code in [
        (
            fetching.citizen.post(f"topups/{unpaid['id']}/wallet-orders", wish),
            409,
            "topup_not_paid",
        ),
        (
            stranger.post(f"topups/{fetching.topup['id']}/wallet-orders", wish),
            404,
            "topup_not_found",
        ),
        (
            fetching.citizen.post(
                f"topups/{fetching.topup['id']}/wallet-orders", {"provider": "nobody"}
            ),
            404,
            "wallet_provider_unknown",
        ),
    ]:
        assert (refused.status, refused.body["code"]) == (status, code)
    assert not FetchOrder.objects.filter(topup_id=unpaid["id"]).exists()


def test_one_top_up_for_two_wallets_is_still_loaded_once(
    fetching: Fetching, province: Province
) -> None:
    second = Server.new()
    wish = {"provider": second.provider.code}
    order = fetching.citizen.post(f"topups/{fetching.topup['id']}/wallet-orders", wish)
    assert order.body["order_no"] != fetching.order_no
    fetching.load()
    late = second.post(f"orders/{order.body['order_no']}/loads", {"card_no": fetching.card_no})
    assert (late.status, late.body["code"]) == (409, "topup_is_over")
    assert fetching.agrees(5_000)


@pytest.mark.parametrize(
    "words",
    [
        {},
        {"answers": [], "initialize": parts("0" * 32)},
        {"initialize": parts("0" * 30)},
        {"initialize": parts("0" * 32) | {"mac1": "zzzzzzzz"}},
        {"answers": "9000"},
        {"answers": ["9000"] * 41},
        {"amount_fen": "5000", "answers": []},
        {"amount_fen": 5000.0, "answers": []},
    ],
)
def test_what_is_no_challenge_is_a_field_that_is_not_valid(
    fetching: Fetching, words: dict[str, object]
) -> None:
    opened = fetching.open()
    wish = {"card_no": fetching.card_no, "amount_fen": 5_000} | words
    refused = fetching.challenge(opened, wish)
    assert (refused.status, refused.body["code"]) == (400, "fields_not_valid")


def test_orders_and_reports_are_never_changed(fetching: Fetching) -> None:
    fetching.load()
    for statement in (
        "UPDATE server_fetch_order SET order_no = 'X'",
        "DELETE FROM server_fetch_report",
    ):
        with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement)
