"""Who may reach what: every URL of the house asked as everybody, made from its configuration.

Each address is classified: by its own entrance (citizens' pages, the console), by its permission
(the API), or by name in the table of doors that prove who asks in their own way. One that is in
none of them fails here. The console's own table, pool by pool, is in ../console/test_door.py.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.test import Client
from django.urls import ResolverMatch, get_resolver, reverse

from accounts import cards, clock, roles, tokens
from accounts.identifiers import new_id
from accounts.models import Person, TransitCard
from gateway.api.permissions import IsCitizen, MayPresentCards
from gateway.assisting.models import AssistSession
from gateway.card_service.models import Departure, LossReport, Naming
from gateway.console.door import COOKIE as OFFICERS_COOKIE
from gateway.invoice.models import Invoice
from gateway.kiosk import receipts
from gateway.notifying.models import Notice
from gateway.sandbox import seed
from gateway.topup import scanning
from gateway.topup.models import TopUp
from gateway.web.door import COOKIE, Door, Who
from nfc_topup.models import Load
from tests.accounts.strangers import a_card_no
from tests.gateway.bulk.world import a_claim
from tests.gateway.web.citizens import Signed, browser, signed
from tests.support.invoices import an_invoice
from tests.support.officers import Seated, seat

pytestmark = pytest.mark.django_db

PROVEN_OTHERWISE = {
    "healthz": "says only that it lives",
    "readyz": "says only that it is ready",
    "schema": "public reference",
    "api-page": "public reference",
    "looks": "keeps a choice of looks",
    "event-signing-keys": "public keys",
    "event-kinds": "public reference",
    "callback": "a channel's signature",
    "signin-code": "a way in, by budget",
    "signin": "a way in, by code",
    "tokens-refresh": "the refresh token itself",
    "tokens-revoke": "the token itself",
    "kiosk-enrolments": "a code used once, signed with the key it brings",
    "sandbox:people": "sandbox only",
    "sandbox:parts": "sandbox only",
    "sandbox:enter": "sandbox only",
    "sandbox:enter-citizen": "sandbox only",
}
"""Doors without a person behind them, and what they go by."""

OWN_PROOF = ("IsProvider", "IsKiosk", "IsSignedOn", "IsWorking", "IsCounter")
CITIZENS_API = {IsCitizen, MayPresentCards}


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """One URL: its whole name, its path as configured, its view, and the arguments it takes."""

    name: str
    route: str
    view: Any
    arguments: tuple[str, ...]

    @property
    def permissions(self) -> set[Any]:
        kind = getattr(self.view, "view_class", None) or getattr(self.view, "cls", None)
        return set(getattr(kind, "permission_classes", ()))

    @property
    def kind(self) -> str:
        """What classifies it; empty is not classified."""
        entrance = getattr(self.view, "entrance", None)
        if self.name.startswith("console:"):
            return "console" if entrance is not None else ""
        if isinstance(getattr(entrance, "who", None), Who):
            return f"page:{entrance.who}"
        if self.name in PROVEN_OTHERWISE:
            return "otherwise"
        if self.permissions and self.permissions <= CITIZENS_API:
            return "api"
        named = {one.__name__ for one in self.permissions}
        return "signed" if named and named <= set(OWN_PROOF) else ""


def addresses(patterns: Any = None, route: str = "", space: str = "") -> Iterator[Address]:
    for pattern in get_resolver().url_patterns if patterns is None else patterns:
        here = f"{route}{pattern.pattern}"
        inner = getattr(pattern, "url_patterns", None)
        if inner is not None:
            name = getattr(pattern, "namespace", None)
            yield from addresses(inner, here, f"{space}{name}:" if name else space)
        else:
            yield Address(
                name=f"{space}{pattern.name}",
                route=here,
                view=pattern.callback,
                arguments=tuple(pattern.pattern.converters),
            )


ALL = list(addresses())


def of(kind: str) -> list[Any]:
    return [pytest.param(one, id=one.name) for one in ALL if one.kind == kind]


@dataclass(frozen=True, slots=True, kw_only=True)
class Things:
    """What one citizen has: a card, a top-up, a device, a load; and the token of their app."""

    me: Signed
    token: str
    ids: dict[str, Any]


def things() -> Things:
    me, now = signed(), clock.now()
    card = cards.add(me.person, a_card_no(), now)
    seed.open_books(now)
    topup = TopUp.objects.create(
        id=new_id(now), pool=card.operator.pool, person=me.person, card=card,
        amount_fen=5_000, placed_at=now, by_code=True,
    )  # fmt: skip
    naming = Naming.objects.create(id=new_id(now), card=card, person=me.person, asked_at=now)
    departure = Departure.objects.create(
        id=new_id(now), kind="redemption", why="given_up", pool=topup.pool, card=card,
        person=me.person, asked_at=now,
    )  # fmt: skip
    other_device = signed(me.person)
    return Things(
        me=me,
        token=a_token(me.person),
        ids={
            "card_id": card.pk,
            "topup_id": topup.pk,
            "device_id": other_device.sign_in.pk,
            "load_id": UUID(int=7),
            "intake_id": UUID(int=9),
            "inquiry_id": UUID(int=8),
            "naming_id": naming.pk,
            "departure_id": departure.pk,
            "claim_id": a_claim(card, now).pk,
            "notice_id": a_notice(topup, now).pk,
            "invoice_id": an_invoice(topup, now).pk,
            "session_id": assisted(me.person, card, now).pk,
            "token": scanning.token_of(topup),
        },
    )


def a_notice(topup: TopUp, now: datetime) -> Notice:
    return Notice.objects.create(
        id=new_id(now), person_id=topup.person_id, kind="topup_loaded", subject_kind="topup",
        subject_id=topup.pk, transition_id=-(topup.pk.int % 10**15), place="topup",
        place_id=topup.pk, facts={"amount": "¥50.00", "card": "···0984"}, happened_at=now,
        made_at=now,
    )  # fmt: skip


def assisted(person: Person, card: TransitCard, now: datetime) -> AssistSession:
    return AssistSession.objects.create(
        id=new_id(now), pool=card.operator.pool, clerk=seat((roles.CLERK, 1)).person,
        citizen=person, reason="top_up", asked_at=now, ends_at=now + timedelta(minutes=5),
    )  # fmt: skip


def a_token(person: Person) -> str:
    now = clock.now()
    return tokens.mint(person, label="matrix", now=now, expires_at=now + timedelta(hours=1))


def path_of(address: Address, ids: dict[str, Any]) -> str:
    return reverse(address.name, kwargs={name: ids[name] for name in address.arguments})


def asked(client: Client, path: str, *, method: str, token: str = "") -> Any:
    headers = {"Idempotency-Key": str(new_id(clock.now()))}
    headers |= {"Authorization": f"Bearer {token}"} if token else {}
    headers |= {"Accept": "application/json"} if path.startswith("/api/") else {}
    if method == "get":
        return client.get(path, headers=headers)
    body = {"data": "{}", "content_type": "application/json"} if path.startswith("/api/") else {}
    return client.post(path, headers=headers, **body)


def methods_of(address: Address) -> list[str]:
    """Those the API's view has."""
    kind = getattr(address.view, "view_class", None) or address.view.cls
    return [name for name in ("get", "post") if hasattr(kind, name)]


@pytest.fixture
def officers() -> list[Seated]:
    """A clerk, and a finance officer of another pool."""
    return [seat((roles.CLERK, 1)), seat((roles.FINANCE_OFFICER, 2))]


def test_every_address_is_classified() -> None:
    assert [one.route for one in ALL if not one.kind] == []
    assert set(PROVEN_OTHERWISE) <= {one.name for one in ALL}, "a door that is not there any more"
    assert len(ALL) > 60


def test_a_page_that_says_nothing_is_shut(rf: Any) -> None:
    def silent(request: Any) -> HttpResponse:
        return HttpResponse("open")

    request = rf.get("/")
    request.resolver_match = ResolverMatch(silent, (), {}, app_names=["web"], namespaces=["web"])
    with pytest.raises(PermissionDenied):
        Door(silent).process_view(request, silent, (), {})


@pytest.mark.parametrize("address", [*of("page:citizen"), *of("page:confirmed")])
def test_a_citizen_s_page_is_for_citizens(address: Address, officers: list[Seated]) -> None:
    mine, stranger = things(), signed()
    path = path_of(address, mine.ids)
    for method in ("get", "post"):
        for client in (browser(), *(one.client for one in officers)):
            answer = asked(client, path, method=method)
            assert answer.status_code == 302, "anonymous, a clerk and an officer sign in first"
            assert answer["Location"].startswith("/sign-in")
            assert "no-store" in answer["Cache-Control"]
        if address.arguments:
            before = world()
            assert asked(stranger.client, path, method=method).status_code in (404, 405)
            assert world() == before, "nothing moved"
        fitting = (200, 302, 400, 405, 409) if address.arguments else (200, 302, 400, 405)
        assert asked(mine.me.client, path, method=method).status_code in fitting


@pytest.mark.parametrize("address", of("page:confirmed"))
def test_a_page_for_the_confirmed_wants_a_fresh_code(address: Address) -> None:
    old = signed(now=clock.now() - timedelta(minutes=11))
    anything = {name: UUID(int=9) for name in address.arguments}
    for method in ("get", "post"):
        answer = asked(old.client, path_of(address, anything), method=method)
        assert (answer.status_code, "again=1" in answer["Location"]) == (302, True)


@pytest.mark.parametrize("address", of("page:anybody"))
def test_a_way_in_is_open_and_shows_nothing_of_anybody(address: Address) -> None:
    mine = things()
    answer = asked(browser(), path_of(address, mine.ids), method="get")
    assert answer.status_code in (200, 400, 405)
    text = answer.content.decode()
    assert mine.me.person.masked_phone not in text
    assert str(mine.me.person.pk) not in text


@pytest.mark.parametrize("address", of("page:by_link"))
def test_a_link_shows_its_own_top_up_and_a_wrong_one_nothing(address: Address) -> None:
    mine, theirs = things(), things()
    sealed = receipts if address.name.startswith("receipt-") else scanning
    token = sealed.token_of(TopUp.objects.get(pk=mine.ids["topup_id"]))
    right = asked(browser(), path_of(address, {**mine.ids, "token": token}), method="get")
    of_my_account = "invoice_id" in address.arguments
    assert right.status_code == (404 if of_my_account else 200), "an account's papers stay its own"
    for one in (mine, theirs):
        for told in (one.me.person.masked_phone, str(one.me.person.pk), str(one.ids["card_id"])):
            assert told not in right.content.decode()
    wrong = path_of(address, {**mine.ids, "token": "A" * len(token)})
    assert asked(browser(), wrong, method="get").status_code == 404


@pytest.mark.parametrize("address", of("api"))
def test_an_object_of_the_api_is_its_owner_s(address: Address, officers: list[Seated]) -> None:
    mine, stranger = things(), signed()
    path = path_of(address, mine.ids)
    before = world()
    for method in methods_of(address):
        assert asked(browser(), path, method=method).status_code == 401
        for visitor in (mine.me.client, *(one.client for one in officers)):
            assert asked(visitor, path, method=method).status_code == 401, "cookies are no tokens"
        if address.arguments:
            other = asked(browser(), path, method=method, token=a_token(stranger.person))
            assert other.status_code in (400, 404), (method, other.content)
            for one in officers:
                answer = asked(browser(), path, method=method, token=a_token(one.person))
                assert answer.status_code in (400, 404), "an officer is no owner"
    assert world() == before, "nothing moved"
    if "get" in methods_of(address):
        own = asked(browser(), path, method="get", token=mine.token)
        found = 404 if address.name in ("topup-payment-qr", "card-loss") else 200
        assert own.status_code in (200, found)


@pytest.mark.parametrize("address", of("api"))
def test_a_list_of_the_api_holds_one_s_own_alone(address: Address) -> None:
    if address.arguments or "get" not in methods_of(address):
        return
    mine, theirs = things(), things()
    answer = asked(browser(), path_of(address, {}), method="get", token=mine.token)
    assert answer.status_code == 200
    text = answer.content.decode()
    for told in (*theirs.ids.values(), theirs.me.person.pk, theirs.me.person.masked_phone):
        assert str(told) not in text


@pytest.mark.parametrize("address", of("signed"))
def test_a_machine_s_door_goes_by_signature_alone(address: Address) -> None:
    mine = things()
    ids = mine.ids | {"order_no": "1", "order_id": uuid4(), "version": 1}
    for token in ("", mine.token):
        for method in methods_of(address):
            answer = asked(mine.me.client, path_of(address, ids), method=method, token=token)
            assert answer.status_code == 401


@pytest.mark.parametrize("address", of("console"))
def test_a_citizen_is_nobody_in_the_console(address: Address) -> None:
    mine = things()
    made_up = {
        "pool": 1,
        "number": 1,
        "verdict": "approved",
        "step": "explain",
        "ref": "x",
        "choice": "x",
        "duty_id": 1,
    }
    ids = {
        name: made_up.get(name, UUID(int=9) if name.endswith("_id") else "x")
        for name in address.arguments
    }
    crossed = browser()
    crossed.cookies[OFFICERS_COOKIE] = mine.me.secret
    for client in (browser(), mine.me.client, crossed):
        path = path_of(address, ids)
        answer = asked(client, path, method="get")
        if getattr(address.view.entrance, "anybody", False):
            assert answer.status_code in (200, 400, 403, 404)
        else:
            assert answer.status_code == 302
            assert answer["Location"].startswith("/console/sign-in")


def test_an_officer_s_secret_opens_no_citizen_s_page(officers: list[Seated]) -> None:
    client = browser()
    client.cookies[COOKIE] = officers[0].client.cookies[OFFICERS_COOKIE].value
    assert client.get("/me").status_code == 302


def world() -> tuple[object, ...]:
    """What a refused request must leave as it was."""
    return (
        list(TopUp.objects.order_by("id").values_list("id", "state")),
        Load.objects.count(),
        LossReport.objects.count(),
        list(Naming.objects.order_by("id").values_list("id", "state")),
        list(Departure.objects.order_by("id").values_list("id", "state")),
        Notice.objects.filter(read_at__isnull=False).count(),
        list(Invoice.objects.order_by("id").values_list("id", "state")),
        Person.objects.filter(sign_ins__ended_at__isnull=False).count(),
    )
