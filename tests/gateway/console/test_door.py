"""Who may enter where: every address of the console, made from its URL configuration."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from hashlib import sha256
from typing import Any
from uuid import UUID

import pytest
from django.core.exceptions import PermissionDenied
from django.test import Client, RequestFactory
from django.urls import ResolverMatch, URLPattern, reverse

from accounts import approvals, clock, devices, people, roles, sessions
from accounts.identifiers import new_id
from accounts.models import AuditEntry, Duty
from gateway.console import urls
from gateway.console.door import COOKIE, Door, Entrance
from gateway.events import endpoints
from nfc_topup.models import Lock
from tests.support.officers import Seated, seat

POOL, OTHER = 1, 2
IN, SIGN_IN, REFUSED, HIDDEN = 200, 302, 403, 404
KEEPER = (roles.KIOSK_OPERATOR, POOL)
CLERK = (roles.CLERK, POOL)
KEEPS_EVENTS = (roles.ADMINISTRATOR, None)
FINANCE, AUDITOR = (roles.FINANCE_OFFICER, POOL), (roles.AUDITOR, None)

Address = Callable[[str], str]
Given = Callable[[Any], dict[str, Any]]


def an_approval(request: Any = None) -> dict[str, Any]:
    now = clock.now()
    asked = approvals.ask(
        maker=seat((roles.FINANCE_OFFICER, POOL)).person,
        purpose="card_key_destruction",
        pool=POOL,
        content={"amount_fen": 500},
        fingerprint=sha256(b"x").digest(),
        now=now,
        expires_at=now + timedelta(hours=1),
        checker_role=roles.FINANCE_OFFICER,
    )
    return {"approval_id": asked.pk}


def a_verdict(request: Any = None) -> dict[str, Any]:
    return an_approval() | {"verdict": "approved"}


def a_duty(request: Any = None) -> dict[str, Any]:
    now = clock.now()
    owed = Duty.objects.create(
        kind="topup.return",
        subject_id=new_id(now),
        state="given_up",
        due_at=now,
        owed_at=now,
        finished_at=now,
    )
    return {"duty_id": owed.pk}


def a_bank(request: Any = None) -> dict[str, Any]:
    bank = devices.add_bank(code="bank_door", name="试验银行", now=clock.now())
    return {"bank": bank.code, "act": "suspend"}


def an_officer(request: Any = None) -> dict[str, Any]:
    return {"officer_id": seat((roles.CLERK, POOL)).officer.pk}


def a_grant(request: Any = None) -> dict[str, Any]:
    held = people.roles_of(seat((roles.CLERK, POOL)).person, clock.now())
    return {"grant_id": next(one.pk for one in held if one.role == roles.CLERK)}


def an_address(request: Any = None) -> dict[str, Any]:
    keeper = seat(KEEPS_EVENTS).person
    made = endpoints.add(
        subscriber="app:door", url="https://door.example/in", kinds=(), operators=(),
        officer=keeper, now=clock.now(),
    )  # fmt: skip
    return {"endpoint_id": made.pk}


def an_act_on_one(request: Any = None) -> dict[str, Any]:
    return an_address() | {"act": "retire"}


def a_lock(request: Any = None) -> dict[str, Any]:
    now = clock.now()
    lock = Lock.objects.create(
        id=new_id(now), scope="user", actor_kind="citizen", actor_id=str(new_id(now)), pool=POOL,
        because="mac1_wrong", failures=10, locked_at=now, ends_at=now + timedelta(minutes=30),
    )  # fmt: skip
    return {"lock_id": lock.pk}


def a_subject(request: Any = None) -> dict[str, Any]:
    return {"subject_id": new_id(clock.now())}


def a_reading(request: Any) -> dict[str, Any]:
    request.getfixturevalue("a_day")()
    return {"pool": POOL, "name": "daily"}


def a_paper(request: Any) -> dict[str, Any]:
    order_id, invoice_id = request.getfixturevalue("a_units_invoice")()
    return {"order_id": order_id, "invoice_id": invoice_id, "which": "red-ofd"}


def nothing(request: Any) -> dict[str, Any]:
    return {}


def of_fixture(fixture: str, argument: str, /, **more: str) -> Callable[[Any], dict[str, Any]]:
    """What another fixture makes, as an argument of the address."""
    return lambda request: {argument: request.getfixturevalue(fixture)()} | more


def in_pool(fixture: str, argument: str, /, **more: str) -> Callable[[Any], dict[str, Any]]:
    """The same of pool 1, whose number is in the address too."""
    return lambda request: of_fixture(fixture, argument, **more)(request) | {"pool": POOL}


# name: what it needs in its address, who is right for it, and what a finance officer of another
# pool and one of this pool are answered.
ADDRESSES: dict[str, tuple[Given, tuple[str, int | None], int, int]] = {
    "home": (nothing, FINANCE, IN, IN),
    "approvals": (nothing, FINANCE, IN, IN),
    "approval": (an_approval, FINANCE, HIDDEN, IN),
    "voucher": (an_approval, FINANCE, HIDDEN, IN),
    "verdict": (a_verdict, FINANCE, HIDDEN, IN),
    "services": (nothing, FINANCE, IN, IN),
    "service": (of_fixture("a_service", "departure_id"), FINANCE, HIDDEN, IN),
    "service-surrender": (of_fixture("a_service", "departure_id"), FINANCE, HIDDEN, IN),
    "service-proposal": (of_fixture("a_service", "departure_id"), FINANCE, HIDDEN, IN),
    "deposits": (nothing, FINANCE, IN, IN),
    "deposit-take": (nothing, FINANCE, IN, IN),
    "deposit": (of_fixture("a_deposit", "deposit_id"), FINANCE, HIDDEN, IN),
    "deposit-return": (of_fixture("a_deposit", "deposit_id"), FINANCE, HIDDEN, IN),
    "invoices": (nothing, FINANCE, IN, IN),
    "invoice": (of_fixture("an_invoice_in_doubt", "invoice_id"), FINANCE, HIDDEN, IN),
    "invoice-again": (of_fixture("an_invoice_in_doubt", "invoice_id"), FINANCE, HIDDEN, IN),
    "invoice-decision": (of_fixture("an_invoice_in_doubt", "invoice_id"), FINANCE, HIDDEN, IN),
    "loads": (nothing, FINANCE, IN, IN),
    "load": (of_fixture("a_doubt", "load_id"), FINANCE, HIDDEN, IN),
    "load-proposal": (of_fixture("a_doubt", "load_id", verdict="loaded"), FINANCE, HIDDEN, IN),
    "incidents": (nothing, FINANCE, IN, IN),
    "incident-step": (
        of_fixture("an_incident", "incident_id", step="explain"),
        FINANCE,
        HIDDEN,
        IN,
    ),
    "set-aside": (nothing, FINANCE, IN, IN),
    "matter": (of_fixture("a_matter", "ref"), FINANCE, HIDDEN, IN),
    "matter-choice": (of_fixture("a_matter", "ref", choice="ask_again"), FINANCE, HIDDEN, IN),
    "custody": (nothing, FINANCE, IN, IN),
    "custody-pool": (of_fixture("a_pool", "pool"), FINANCE, HIDDEN, IN),
    "custody-kind": (of_fixture("a_pool", "pool", name="bank_reserve"), FINANCE, HIDDEN, IN),
    "custody-account": (in_pool("an_account_id", "account_id"), FINANCE, HIDDEN, IN),
    "custody-transfer": (in_pool("a_transfer", "transfer_id"), FINANCE, HIDDEN, IN),
    "custody-rules": (of_fixture("a_pool", "pool"), FINANCE, HIDDEN, IN),
    "custody-rules-change": (of_fixture("a_pool", "pool", profile="PBOC"), FINANCE, HIDDEN, IN),
    "custody-limit": (of_fixture("a_pool", "pool", purpose="REPAYMENT"), FINANCE, HIDDEN, IN),
    "custody-cases": (nothing, FINANCE, IN, IN),
    "custody-differences": (nothing, FINANCE, IN, IN),
    "custody-difference": (of_fixture("a_difference", "difference_id"), FINANCE, HIDDEN, IN),
    "custody-voucher": (
        of_fixture("a_difference", "difference_id", choice="bear_loss"),
        FINANCE,
        HIDDEN,
        IN,
    ),
    "custody-matches": (nothing, FINANCE, IN, IN),
    "custody-match": (of_fixture("a_pool", "pool", relation="order_bill"), FINANCE, HIDDEN, IN),
    "custody-unmatch": (of_fixture("a_match", "decision_id"), FINANCE, HIDDEN, IN),
    "custody-outflows": (nothing, FINANCE, IN, IN),
    "custody-outflow-choose": (nothing, FINANCE, IN, IN),
    "custody-outflow-ask": (of_fixture("a_pool", "pool", purpose="REPAYMENT"), FINANCE, HIDDEN, IN),
    "custody-outflow": (of_fixture("an_outflow", "request_id"), FINANCE, HIDDEN, IN),
    "custody-outflow-withdraw": (of_fixture("an_outflow", "request_id"), FINANCE, HIDDEN, IN),
    "custody-placements": (nothing, FINANCE, IN, IN),
    "custody-placement": (of_fixture("a_placement", "placement_id"), FINANCE, HIDDEN, IN),
    "custody-placement-return": (of_fixture("a_placement", "placement_id"), FINANCE, HIDDEN, IN),
    "custody-placement-off": (of_fixture("a_placement", "placement_id"), FINANCE, HIDDEN, IN),
    "custody-winding": (of_fixture("a_pool", "pool"), FINANCE, HIDDEN, IN),
    "custody-winding-ask": (of_fixture("a_pool", "pool"), FINANCE, HIDDEN, IN),
    "custody-ladder": (of_fixture("a_pool", "pool"), FINANCE, HIDDEN, IN),
    "custody-placement-ask": (of_fixture("a_pool", "pool"), FINANCE, HIDDEN, IN),
    "custody-recognition": (of_fixture("a_pool", "pool"), FINANCE, HIDDEN, IN),
    "custody-recognition-ask": (of_fixture("a_pool", "pool", kind="interest"), FINANCE, HIDDEN, IN),
    "custody-recognition-end": (in_pool("a_rule", "rule_id"), FINANCE, HIDDEN, IN),
    "custody-reports": (nothing, FINANCE, IN, IN),
    "custody-reading": (a_reading, FINANCE, HIDDEN, IN),
    "custody-cutovers": (nothing, FINANCE, IN, IN),
    "custody-handover": (nothing, FINANCE, IN, IN),
    "custody-handover-judged": (of_fixture("what_was_told", "told"), FINANCE, HIDDEN, IN),
    "custody-handover-verdicts": (of_fixture("what_was_told", "told"), FINANCE, HIDDEN, IN),
    "custody-cutover": (of_fixture("a_handover", "import_id"), FINANCE, HIDDEN, IN),
    "custody-cutover-report": (of_fixture("a_handover", "import_id"), FINANCE, HIDDEN, IN),
    "custody-cutover-ask": (of_fixture("a_handover", "import_id"), FINANCE, HIDDEN, IN),
    "custody-cutover-day": (of_fixture("a_handover", "import_id"), FINANCE, HIDDEN, IN),
    "custody-not-instructed": (of_fixture("an_instruction", "instruction_id"), FINANCE, HIDDEN, IN),
    "custody-patience": (of_fixture("a_pool", "pool"), FINANCE, HIDDEN, IN),
    "custody-reversals": (nothing, FINANCE, IN, IN),
    "custody-reversal": (in_pool("a_transfer", "transfer_id"), FINANCE, HIDDEN, IN),
    "custody-banks": (nothing, FINANCE, IN, IN),
    "custody-bank-account-new": (nothing, FINANCE, IN, IN),
    "custody-bank-account": (of_fixture("a_bank_account", "account_id"), FINANCE, HIDDEN, IN),
    "custody-bank-contract": (of_fixture("a_bank_account", "account_id"), FINANCE, HIDDEN, IN),
    "custody-bank-folder-new": (nothing, (roles.FINANCE_OFFICER, None), HIDDEN, HIDDEN),
    "custody-bank-folder": (
        of_fixture("a_folder", "mailbox_id"),
        (roles.FINANCE_OFFICER, None),
        HIDDEN,
        HIDDEN,
    ),
    "custody-statements": (nothing, FINANCE, IN, IN),
    "custody-upload": (nothing, FINANCE, IN, IN),
    "custody-entry": (of_fixture("an_entry", "entry_id"), FINANCE, HIDDEN, IN),
    "custody-understand": (of_fixture("an_entry", "entry_id"), FINANCE, HIDDEN, IN),
    "custody-correction": (
        of_fixture("a_refused_file", "file_id"),
        (roles.FINANCE_OFFICER, None),
        HIDDEN,
        HIDDEN,
    ),
    "custody-voucher-find": (nothing, FINANCE, IN, IN),
    "custody-vouchers": (in_pool("a_sealed_day", "day"), FINANCE, HIDDEN, IN),
    "custody-voucher-one": (in_pool("a_sealed_day", "day", number="1"), FINANCE, HIDDEN, IN),
    "custody-voucher-paper": (in_pool("a_sealed_day", "day", number="1"), FINANCE, HIDDEN, IN),
    "custody-days": (nothing, FINANCE, IN, IN),
    "custody-day": (in_pool("a_day", "day"), FINANCE, HIDDEN, IN),
    "custody-exception": (in_pool("a_day", "day"), FINANCE, HIDDEN, IN),
    "custody-report": (in_pool("a_day", "day", name="daily", form="csv"), FINANCE, HIDDEN, IN),
    "kiosks": (nothing, FINANCE, IN, IN),
    "kiosk-new": (nothing, KEEPER, REFUSED, REFUSED),
    "kiosk": (of_fixture("a_kiosk", "kiosk_id"), FINANCE, HIDDEN, IN),
    "kiosk-act": (of_fixture("a_kiosk", "kiosk_id", act="quota"), FINANCE, HIDDEN, IN),
    "kiosk-boxes": (nothing, FINANCE, IN, IN),
    "kiosk-box": (of_fixture("a_box", "box_id"), FINANCE, HIDDEN, IN),
    "kiosk-count": (of_fixture("a_box", "box_id"), KEEPER, REFUSED, REFUSED),
    "kiosk-counters": (nothing, FINANCE, IN, IN),
    "kiosk-counter-new": (nothing, KEEPER, REFUSED, REFUSED),
    "kiosk-counter-retire": (of_fixture("a_counter", "counter_id"), KEEPER, REFUSED, REFUSED),
    "kiosk-day": (of_fixture("a_kiosk_day", "settlement_id"), FINANCE, HIDDEN, IN),
    "kiosk-day-end": (of_fixture("a_kiosk_day", "settlement_id"), KEEPER, REFUSED, REFUSED),
    "kiosk-claims": (nothing, FINANCE, IN, IN),
    "kiosk-give-back": (of_fixture("a_claim", "claim_id"), FINANCE, HIDDEN, IN),
    "kiosk-transfer": (of_fixture("a_claim", "claim_id"), FINANCE, HIDDEN, IN),
    "bulk": (nothing, FINANCE, IN, IN),
    "bulk-register": (nothing, FINANCE, IN, IN),
    "bulk-enterprise": (of_fixture("a_unit", "enterprise_id"), FINANCE, HIDDEN, IN),
    "bulk-order": (of_fixture("a_list", "order_id"), FINANCE, HIDDEN, IN),
    "bulk-verdicts": (of_fixture("a_list", "order_id"), FINANCE, HIDDEN, IN),
    "bulk-invoice-file": (a_paper, FINANCE, HIDDEN, IN),
    "bulk-step": (of_fixture("a_list", "order_id", step="ask"), FINANCE, HIDDEN, IN),
    "assist": (nothing, CLERK, REFUSED, REFUSED),
    "assist-session": (of_fixture("a_session", "session_id"), CLERK, REFUSED, REFUSED),
    "locks": (nothing, FINANCE, IN, IN),
    "lock-lift": (a_lock, FINANCE, HIDDEN, IN),
    "banks": (nothing, FINANCE, IN, IN),
    "bank-act": (a_bank, (roles.FINANCE_OFFICER, None), REFUSED, REFUSED),
    "roles": (nothing, (roles.SECURITY_OFFICER, POOL), REFUSED, REFUSED),
    "role-give": (an_officer, (roles.SECURITY_OFFICER, POOL), REFUSED, REFUSED),
    "role-withdraw": (a_grant, (roles.SECURITY_OFFICER, POOL), REFUSED, REFUSED),
    "events": (nothing, AUDITOR, REFUSED, REFUSED),
    "event-new": (nothing, KEEPS_EVENTS, REFUSED, REFUSED),
    "event-address": (an_address, AUDITOR, REFUSED, REFUSED),
    "event-act": (an_act_on_one, KEEPS_EVENTS, REFUSED, REFUSED),
    "channel-keys": (nothing, AUDITOR, REFUSED, REFUSED),
    "keys": (nothing, AUDITOR, REFUSED, REFUSED),
    "duties": (nothing, AUDITOR, REFUSED, REFUSED),
    "duty-again": (a_duty, (roles.ADMINISTRATOR, None), REFUSED, REFUSED),
    "alarms": (nothing, (roles.SECURITY_OFFICER, None), REFUSED, REFUSED),
    "search": (nothing, AUDITOR, REFUSED, REFUSED),
    "subject": (a_subject, AUDITOR, REFUSED, REFUSED),
}
OWN_ALONE = {"assist-session"}
"""Whose each is, is another clerk here: for everybody else it is not there."""
BEFORE_SIGNING_IN = {"sign-in", "enrol"}
FOR_WHOEVER_SIGNED_IN = {"sign-out"}
AT_THE_COUNTER = {
    "services", "service", "service-surrender", "deposits", "deposit", "deposit-take",
}  # fmt: skip


def patterns() -> Iterator[URLPattern]:
    for pattern in urls.urlpatterns:
        assert isinstance(pattern, URLPattern), "an included list would need to be walked here"
        yield pattern


@pytest.fixture
def address(request: pytest.FixtureRequest, db: None) -> Callable[[str], str]:
    return lambda name: reverse(f"console:{name}", kwargs=ADDRESSES[name][0](request))


def status(client: Client, where: str) -> int:
    answer = client.get(where, headers={"Accept": "text/html"})
    if answer.status_code == SIGN_IN:
        assert answer["Location"].startswith("/console/sign-in")
    assert "no-store" in answer["Cache-Control"]
    return answer.status_code


def test_every_address_says_who_may_enter_and_is_in_this_table() -> None:
    named = {pattern.name for pattern in patterns()}
    assert named == set(ADDRESSES) | BEFORE_SIGNING_IN | FOR_WHOEVER_SIGNED_IN
    for pattern in patterns():
        entrance = pattern.callback.entrance  # type: ignore[attr-defined]
        assert isinstance(entrance, Entrance)
        assert entrance.anybody == (pattern.name in BEFORE_SIGNING_IN), pattern.name
        assert bool(entrance.roles) == (pattern.name in ADDRESSES), pattern.name


@pytest.mark.parametrize("name", ADDRESSES)
def test_strangers_and_citizens_are_sent_to_sign_in(address: Address, name: str) -> None:
    where = address(name)
    assert status(Client(), where) == SIGN_IN
    forged = Client()
    forged.cookies[COOKIE] = "x" * 43
    assert status(forged, where) == SIGN_IN


@pytest.mark.parametrize("name", ADDRESSES)
def test_no_seat_without_a_role(address: Address, name: str) -> None:
    where = address(name)
    assert status(seat().client, where) == REFUSED
    if name == "home":
        assert seat(CLERK).client.get(where)["Location"] == "/console/assist", "their own page"
        return
    mine = name in AT_THE_COUNTER or ADDRESSES[name][1] == CLERK
    expected = HIDDEN if name in OWN_ALONE else IN if mine else REFUSED
    assert status(seat(CLERK).client, where) == expected


@pytest.mark.parametrize("name", ADDRESSES)
def test_another_pool_s_officer_this_pool_s_and_the_right_one(address: Address, name: str) -> None:
    where = address(name)
    _, right, elsewhere, here = ADDRESSES[name]
    assert status(seat((roles.FINANCE_OFFICER, OTHER)).client, where) == elsewhere
    assert status(seat((roles.FINANCE_OFFICER, POOL)).client, where) == here
    assert status(seat(right).client, where) == (HIDDEN if name in OWN_ALONE else IN)


@pytest.mark.parametrize("name", ADDRESSES)
def test_an_ended_session_opens_nothing(address: Address, name: str) -> None:
    _, right, _, _ = ADDRESSES[name]
    seated, now = seat(right), clock.now()
    sessions.end_all(seated.officer, now)
    assert status(seated.client, address(name)) == SIGN_IN


@pytest.mark.parametrize("name", ADDRESSES)
def test_only_acts_take_a_post_and_nothing_takes_more(address: Address, name: str) -> None:
    _, right, _, _ = ADDRESSES[name]
    seated, where = seat(right), address(name)
    pattern = next(one for one in patterns() if one.name == name)
    entrance = pattern.callback.entrance  # type: ignore[attr-defined]
    for method in ("put", "delete", "patch", "post"):
        answer = getattr(seated.client, method)(where)
        if method == "post" and name in OWN_ALONE:
            assert answer.status_code == HIDDEN
        elif method == "post" and entrance.acts:
            assert answer.status_code in (200, 302, 409)
        else:
            assert answer.status_code == 405, method


ACTS = [
    "verdict", "duty-again", "load-proposal", "incident-step", "matter-choice", "custody-voucher",
    "custody-match", "custody-unmatch", "custody-outflow-ask", "custody-outflow-withdraw",
    "custody-upload", "custody-understand", "custody-correction", "custody-exception",
    "custody-rules-change", "custody-limit", "custody-placement-ask", "custody-recognition-ask",
    "custody-recognition-end", "custody-reversal", "custody-cutover-ask", "custody-cutover-day",
    "bulk-register", "bulk-enterprise", "bulk-step", "assist", "service-surrender",
    "service-proposal", "custody-not-instructed", "custody-patience", "custody-placement-return",
    "deposit-take", "deposit-return", "invoice-again", "invoice-decision",
    "custody-handover", "custody-handover-judged", "custody-placement-off", "custody-winding-ask",
    "custody-bank-account-new", "custody-bank-account",
    "custody-bank-contract", "custody-bank-folder-new", "custody-bank-folder",
    "kiosk-new", "kiosk-act", "kiosk-count", "bank-act", "role-give", "role-withdraw",
    "event-new", "event-act", "lock-lift",
    "kiosk-counter-new", "kiosk-counter-retire", "kiosk-day-end", "kiosk-give-back",
    "kiosk-transfer",
]  # fmt: skip


@pytest.mark.parametrize("name", ACTS)
def test_an_act_needs_a_factor_of_the_last_minutes(address: Address, name: str) -> None:
    _, right, _, _ = ADDRESSES[name]
    seated, where = seat(right), address(name)
    old = sessions.begin(seated.officer, clock.now() - sessions.FRESH)
    seated.client.cookies[COOKIE] = old
    answer = seated.client.post(where)
    assert answer.status_code == 409
    assert "fresh_code_needed" in answer.content.decode()
    page = answer.content.decode().partition('id="content"')[2]
    assert ('name="code"' in page) == ('<form method="post"' in page), "each form asks for it"
    wrong = f"{(int(seated.code()) + 1) % 10**6:06d}"
    assert "code_not_accepted" in seated.client.post(where, {"code": wrong}).content.decode()
    assert seated.client.cookies[COOKIE].value == old
    seated.client.post(where, {"code": seated.code()})
    assert seated.client.cookies[COOKIE].value != old
    assert status(seated.client, where if right == CLERK else "/console/") == IN


def test_every_act_is_among_those_that_need_it() -> None:
    made = {one.name for one in patterns() if one.callback.entrance.acts}  # type: ignore[attr-defined]
    assert made == set(ACTS) | OWN_ALONE


def test_an_act_without_its_form_s_token_is_refused(address: Address) -> None:
    seated = seat(ADDRESSES["duty-again"][1])
    strict = Client(enforce_csrf_checks=True)
    strict.cookies = seated.client.cookies
    assert strict.post(address("duty-again")).status_code == REFUSED


def test_a_view_that_says_nothing_is_shut() -> None:
    def forgotten(request: object) -> None:
        raise AssertionError("the door let it in")

    request = RequestFactory().get("/console/forgotten")
    request.resolver_match = ResolverMatch(forgotten, (), {}, app_names=["console"])
    door = Door(forgotten)  # type: ignore[arg-type]
    with pytest.raises(PermissionDenied):
        door.process_view(request, forgotten, (), {})  # type: ignore[arg-type]


def test_every_view_of_personal_data_is_in_the_trail(db: None) -> None:
    seated = seat(FINANCE)
    given = an_approval()
    seated.client.get(reverse("console:approval", kwargs=given))
    [entry] = AuditEntry.objects.filter(act="personal_data_viewed", actor_id=str(seated.person.pk))
    assert UUID(entry.subject) == given["approval_id"]
    assert entry.facts == {"page": "console:approval"}


def test_a_role_that_ends_ends_at_once(db: None) -> None:
    seated: Seated = seat(FINANCE)
    assert status(seated.client, "/console/") == IN
    [held] = [one for one in people.roles_of(seated.person, clock.now()) if one.role == FINANCE[0]]
    people.revoke(held, by=None, now=clock.now())
    assert status(seated.client, "/console/") == REFUSED
