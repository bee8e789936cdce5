"""Before a pool changes its profile, two officers see what the new one would have refused."""

from __future__ import annotations

import io
import json
import secrets
from datetime import timedelta

import pytest
from django.core.management import call_command

from accounts import approvals, cards, people
from accounts.clock import now
from accounts.errors import ApprovalDecided, MakerIsChecker, NotAllowed
from accounts.identifiers import new_id
from accounts.models import AuditEntry, IssuerPrefix, TransitCard
from reserve_funds import postings
from reserve_funds.custody.errors import NotAProfileChange, RuleProfileUnknown
from reserve_funds.custody.rules import changing, replay
from reserve_funds.errors import ProfileDayIsOpen
from reserve_funds.ledger import book, pools
from tests.reserve_funds.conftest import DAY, NOW
from tests.reserve_funds.stories import a_card
from tests.reserve_funds.test_profiles import funded, placed

FROM = DAY + timedelta(days=7)


def officer(pool, role="finance_officer"):
    person = people.enrol(f"139{secrets.randbelow(10**8):08d}", NOW)
    people.grant(person, role, pool=pool, granted_by=None, now=NOW)
    return person


def loaded(pool, asn, amount_fen, *, cash=False):
    payment, order = new_id(NOW), new_id(NOW)
    if cash:
        came = postings.cash_accepted(
            pool, new_id(NOW), payment, box="box", amount_fen=amount_fen, event_at=NOW
        )
    else:
        came = postings.payment_confirmed(
            pool, payment, channel="wechat", settlement_day=DAY, amount_fen=amount_fen,
            event_at=NOW,
        )  # fmt: skip
    allocated = postings.payment_allocated(
        pool, payment, order, amount_fen=amount_fen, event_at=NOW
    )
    book.post([came, allocated])
    hold = postings.load_sealed(pool, new_id(NOW), order, asn, amount_fen=amount_fen, event_at=NOW)
    book.hold(hold)
    book.settle(pool, hold.id, event_at=NOW)


def asked(pool, maker=None, profile="PBOC", from_day=FROM):
    return changing.ask(
        pool=pool, profile=profile, from_day=from_day, because="wider use",
        maker=maker or officer(pool), now=now(),
    )  # fmt: skip


def test_the_replay_names_what_would_have_been_refused(pool):
    funded(pool)
    placed(pool)
    plain, full, cashed = a_card(), a_card(), a_card()
    loaded(pool, plain, 100_00)
    loaded(pool, full, 600_00)
    loaded(pool, full, 500_00)  # an anonymous card then holds 1,100 yuan
    loaded(pool, cashed, 150_00, cash=True)
    loaded(pool, cashed, 51_00, cash=True)  # and a kiosk has taken 201 of one card that day

    seen = replay.replay(pool, "PBOC", today=DAY, days=30)

    assert [(each.code, each.purpose, each.count, each.amount_fen) for each in seen.foreign] == [
        ("placement_made", "PRINCIPAL_SAFE_PLACEMENT", 1, 100)
    ]
    assert [(each.rule, each.count, each.amount_fen) for each in seen.loads] == [
        ("R14", 1, 500_00),
        ("R19", 1, 51_00),
    ]
    assert seen.placements == [("a bond", 100)]
    assert (seen.was, seen.profile, seen.refused) == ("MOT", "PBOC", 4)
    assert set(seen.new_rules) == {"R4", "R5", "R12", "R13", "R18", "R22", "R23", "R26"}
    assert set(seen.lost_rules) == {"R11", "R21", "R28"}
    assert "R18" in seen.unseen
    same = replay.replay(pool, "MOT", today=DAY, days=30)
    assert (same.foreign, same.placements, same.new_rules) == ([], [], ())


def test_what_was_on_the_card_before_the_window_counts(pool):
    asn = a_card()
    loaded(pool, asn, 900_00)
    pools.cut(pool, DAY + timedelta(days=1))
    loaded(pool, asn, 200_00)
    seen = replay.replay(pool, "PBOC", today=DAY + timedelta(days=1), days=0)
    assert [(each.rule, each.count) for each in seen.loads] == [("R14", 1)]


def test_a_named_card_is_held_to_its_own_limit(pool, henan_card):
    loaded(pool, henan_card.asn, 600_00)
    loaded(pool, henan_card.asn, 600_00)
    TransitCard.objects.filter(pk=henan_card.pk).update(named=True)
    assert replay.replay(pool, "PBOC", today=DAY, days=30).loads == []


@pytest.fixture
def henan_card(db):
    person = people.enrol(f"139{secrets.randbelow(10**8):08d}", NOW)
    IssuerPrefix.objects.get_or_create(
        prefix="310507",
        defaults={"issuer_name": "x", "operator_id": "zhengzhou", "source": "test"},
    )
    return cards.add(person, f"310507{secrets.randbelow(10**13):013d}", NOW)


def test_two_officers_change_a_profile_and_saw_the_same(pool):
    funded(pool)
    placed(pool)
    approval = asked(pool)
    assert approval.content["replay"]["foreign"]["placement_made"] == {
        "count": 1,
        "amount_fen": 100,
    }
    assert approval.content["replay"]["placements"] == {"a bond": {"amount_fen": 100}}
    assert pools.profile_on(pool, FROM) == "MOT"

    changing.approve(approval.id, checker=officer(pool), now=now())
    assert pools.profile_on(pool, FROM) == "PBOC"
    assert pools.profile_on(pool, FROM - timedelta(days=1)) == "MOT"
    assert AuditEntry.objects.filter(
        act="rule_profile_changed", subject=f"approval:{approval.id}"
    ).exists()
    with pytest.raises(ApprovalDecided):
        changing.approve(approval.id, checker=officer(pool), now=now())


def test_nobody_alone_and_nobody_without_the_role(pool):
    maker = officer(pool)
    approval = asked(pool, maker)
    with pytest.raises(MakerIsChecker):
        changing.approve(approval.id, checker=maker, now=now())
    with pytest.raises(NotAllowed):
        changing.approve(approval.id, checker=officer(pool, "auditor"), now=now())
    with pytest.raises(NotAllowed):
        changing.approve(approval.id, checker=officer(pool + 1), now=now())
    with pytest.raises(NotAllowed):
        asked(pool, officer(pool, "auditor"))
    assert pools.profile_on(pool, FROM) == "MOT"


def test_what_cannot_be_is_not_asked(pool):
    with pytest.raises(ProfileDayIsOpen):
        asked(pool, from_day=DAY)
    with pytest.raises(RuleProfileUnknown):
        asked(pool, profile="NONE")


def test_a_day_that_began_meanwhile_keeps_its_profile_and_nothing_is_decided(pool):
    approval = asked(pool)
    pools.cut(pool, FROM)
    with pytest.raises(ProfileDayIsOpen):
        changing.approve(approval.id, checker=officer(pool), now=now())
    assert approvals.get(approval.id).state == "asked"
    assert pools.profile_on(pool, FROM) == "MOT"


def test_another_approval_changes_no_profile(pool):
    other = approvals.ask(
        maker=officer(pool), purpose="REFUND_TO_PAYER", pool=pool,
        content={"profile": "PBOC", "from_day": str(FROM)},
        fingerprint=pools.fingerprint_of_change(pool, "PBOC", FROM),
        now=now(), expires_at=now() + timedelta(days=1), checker_role="finance_officer",
    )  # fmt: skip
    with pytest.raises(NotAProfileChange):
        changing.approve(other.id, checker=officer(pool), now=now())
    assert approvals.get(other.id).state == "asked"


def test_the_command_shows_and_changes_nothing(pool):
    funded(pool)
    placed(pool)
    said = io.StringIO()
    call_command("replay_profile", pool, "MOFCOM", stdout=said)
    assert json.loads(said.getvalue())["foreign"]["placement_made"]["count"] == 1
    assert pools.profile_on(pool, FROM) == "MOT"
