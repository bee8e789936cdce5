"""Cards are recognised by the longest prefix, held by one person, and shown masked."""

from datetime import UTC, datetime
from importlib import import_module

import pytest
from django.db import DatabaseError, IntegrityError, transaction

from accounts import cards, devices, pools, trail
from accounts.actors import Actor
from accounts.errors import (
    CardHeldByAnother,
    CardNotFound,
    CardNumberNotUnderstood,
    IllegalTransition,
    IssuerUnknown,
    KioskNotUnderstood,
    OperatorUnknown,
)
from accounts.identifiers import new_id
from accounts.models import IssuerPrefix, Kiosk, Operator, TransitCard
from tests.accounts.strangers import a_card_no, somebody

NOW = datetime(2026, 11, 22, 4, 0, tzinfo=UTC)


def test_the_province_has_eighteen_cities_and_ten_counties_with_pools_that_never_change(db):
    operators = pools.all_operators()
    assert [one.pool for one in operators] == list(range(1, 29))
    assert [one.level for one in operators] == ["city"] * 18 + ["county"] * 10
    assert pools.pool_of("zhengzhou") == 1
    assert pools.operator("zhengzhou").city_code == "4910"
    assert pools.operator_of_pool(18).city_code == "5150"
    assert pools.pool_of("lankao") == 20
    assert pools.operator_of_pool(28).name_zh == "新蔡县"
    assert {one.city_code for one in operators if one.level == "county"} == {None}
    for ask, unknown in (
        (pools.pool_of, "atlantis"),
        (pools.pool_of, "a\x00"),
        (pools.operator_of_pool, 29),
    ):
        with pytest.raises(OperatorUnknown):
            ask(unknown)


def test_only_known_prefixes_are_in_the_house_and_each_names_its_source(db):
    henan = import_module("accounts.migrations.0005_henan")
    kept = {one.prefix: one for one in IssuerPrefix.objects.all()}
    assert kept.keys() == {prefix for prefix, _, _ in henan.PREFIXES}
    assert all("confidence B" in one.source for one in kept.values())


@pytest.mark.parametrize(
    ("beginning", "code"),
    [
        ("31050702", "zhengzhou"),
        ("31050710", "kaifeng"),
        ("31050715", "luoyang"),
        ("310507030370", "lankao"),
        ("310507250101", "dengzhou"),
        ("310507220100", "huaxian"),
    ],
)
def test_a_card_is_recognised_in_one_query(db, django_assert_num_queries, beginning, code):
    number = beginning.ljust(19, "7")
    with django_assert_num_queries(1):
        assert cards.recognise(number).code == code
    assert cards.recognise(f"0{number}").code == code
    assert cards.recognise(f"{number[:4]} {number[4:8]} {number[8:]}").code == code


def test_the_longest_prefix_wins_whatever_was_entered_first(db):
    for prefix, operator in (
        ("3105070201", "xuchang"),
        ("310507", "anyang"),
        ("310507020155", "gushi"),
    ):
        IssuerPrefix.objects.create(
            prefix=prefix, issuer_name="x", operator_id=operator, source="test"
        )
    found = [
        cards.recognise(beginning.ljust(19, "9")).code
        for beginning in ("310507020155", "310507020144", "3105070299", "31050799")
    ]
    assert found == ["gushi", "xuchang", "zhengzhou", "anyang"]


def test_cards_of_elsewhere_are_unknown_and_told_by_their_beginning_only(db):
    for number in ("3104770000000000001", "3105079999999999999", "6222020000000000000"):
        with pytest.raises(IssuerUnknown) as refused:
            cards.recognise(number)
        assert number not in str(refused.value)
        assert refused.value.facts["prefix"] == number[:6]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "310507021234567890",
        "31050702123456789012",
        "3105070212345678x01",
        "３１０５０７０２１２３４５６７８９０１",
    ],
)
def test_what_is_no_card_number_is_refused(db, text):
    for use in (cards.recognise, lambda it: cards.add(somebody(NOW), it, NOW), cards.by_asn):
        with pytest.raises(CardNumberNotUnderstood):
            use(text)
    assert not TransitCard.objects.exists()


def test_a_card_is_added_once_and_held_by_one_person(db):
    holder, other, number = somebody(NOW), somebody(NOW), a_card_no()
    card = cards.add(holder, number, NOW, named=True)
    assert cards.add(holder, f"0{number}", NOW) == card
    assert (card.asn, card.card_no, card.state, card.named) == (
        f"0{number}",
        number,
        "in_use",
        True,
    )
    with pytest.raises(CardHeldByAnother) as refused:
        cards.add(other, number, NOW)
    assert number not in str(refused.value)
    assert cards.of(holder) == [card]
    assert cards.of(other) == []
    assert cards.by_asn(number) == card


def test_nobody_sees_or_lets_go_of_another_persons_card(db):
    holder, other = somebody(NOW), somebody(NOW)
    card = cards.add(holder, a_card_no(), NOW)
    for use in (cards.get, cards.let_go):
        for person, card_id in ((other, card.id), (holder, new_id(NOW))):
            with pytest.raises(CardNotFound):
                use(person, card_id)
    assert cards.get(holder, card.id) == card


def test_a_card_let_go_is_anonymous_and_can_be_taken_over(db):
    first, second, number = somebody(NOW), somebody(NOW), a_card_no()
    card = cards.add(first, number, NOW, named=True)
    cards.let_go(first, card.id)
    taken = cards.add(second, number, NOW)
    assert (taken.id, taken.holder, taken.named) == (card.id, second, False)
    assert cards.of(first) == []


def test_a_card_never_shows_its_whole_number(db):
    card = cards.add(somebody(NOW), "3105070212345670984", NOW)
    assert card.masked == str(card) == "3105 **** **** 0984"
    assert "12345670" not in repr(card)


def test_a_lost_card_is_found_again_and_a_closed_one_stays_closed(db):
    holder = somebody(NOW)
    card, me = cards.add(holder, a_card_no(), NOW, named=True), Actor(kind="citizen", id="me")
    cards.report_lost(card, actor=me, now=NOW)
    with pytest.raises(IllegalTransition):
        cards.report_lost(card, actor=me, now=NOW)
    cards.report_found(card, actor=me, now=NOW)
    trail.advance(card, to="closed", actor=me, because="given back", now=NOW)
    with pytest.raises(IllegalTransition):
        cards.report_found(card, actor=me, now=NOW)
    assert [one.to_state for one in trail.history("transit_card", card.id)] == [
        "lost",
        "in_use",
        "closed",
    ]


def test_sql_by_hand_cannot_write_an_impossible_card(db):
    holder = somebody(NOW)
    card = cards.add(holder, a_card_no(), NOW)
    rows = TransitCard.objects.filter(pk=card.pk)
    for change, law in (
        ({"asn": "1" + card.card_no}, "asn_is_a_zero_and_19_digits"),
        ({"asn": card.card_no}, "asn_is_a_zero_and_19_digits"),
        ({"named": True, "holder": None}, "named_has_a_holder"),
        ({"state": "melted"}, "accounts_allowed_move|may not move"),
    ):
        with pytest.raises(DatabaseError, match=law), transaction.atomic():
            rows.update(**change)
    with pytest.raises(IntegrityError), transaction.atomic():
        TransitCard.objects.create(
            id=new_id(NOW), asn=card.asn, operator=card.operator, added_at=NOW
        )
    with pytest.raises(IntegrityError, match="prefix_is_6_to_18_digits"), transaction.atomic():
        IssuerPrefix.objects.create(
            prefix="3105x2", issuer_name="x", operator=card.operator, source="x"
        )


def test_a_kiosk_has_a_terminal_number_of_its_own(db):
    operator = Operator.objects.get(code="kaifeng")
    given = {"operator": operator, "place": "总站", "now": NOW}
    kiosk = devices.add_kiosk(code="KF-1", terminal_no="000000000017", **given)
    assert kiosk.state == "planned"
    for code, terminal_no in (
        ("KF-2", "17"),
        ("KF-2", "00000000001A"),
        ("KF-2", "000000000017"),
        ("KF-1", "000000000018"),
    ):
        with pytest.raises(KioskNotUnderstood):
            devices.add_kiosk(code=code, terminal_no=terminal_no, **given)
    assert Kiosk.objects.count() == 1
    assert devices.add_bank(code="ICBC", name="工商银行", now=NOW) == devices.add_bank(
        code="ICBC", name="x", now=NOW
    )
