"""What the console's tests share: loads in doubt and payments in dispute, of the real rooms."""

from __future__ import annotations

import io
import secrets
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from accounts import cards, clock, roles, trail
from accounts.actors import WORKER, Actor
from accounts.identifiers import new_id
from accounts.models import IssuerPrefix
from gateway.assisting.models import AssistSession
from gateway.bulk import taking
from gateway.bulk.models import BulkOrder
from gateway.card_service import departing
from gateway.deposits.models import Deposit
from gateway.payments.models import MerchantAccount, Payment
from gateway.topup.models import TopUp
from nfc_topup import incidents, queries
from nfc_topup.incidents import IncidentKind
from reserve_funds.ledger import pools
from tests.accounts.strangers import a_card_no, somebody
from tests.gateway.bulk.sheets import text
from tests.gateway.bulk.world import a_unit as registered_unit
from tests.gateway.console.custody_rooms import (
    a_bank_account,
    a_day,
    a_difference,
    a_folder,
    a_handover,
    a_match,
    a_placement,
    a_pool,
    a_refused_file,
    a_rule,
    a_sealed_day,
    a_transfer,
    an_account_id,
    an_entry,
    an_instruction,
    an_outflow,
    custody,
    kept,
    what_was_told,
)
from tests.gateway.console.kiosk_rooms import a_box, a_claim, a_counter, a_kiosk, a_kiosk_day
from tests.nfc_topup.conftest import keys_file, new_talk, operator
from tests.support import invoices
from tests.support.officers import seat

__all__ = [
    "a_bank_account",
    "a_box",
    "a_claim",
    "a_counter",
    "a_day",
    "a_difference",
    "a_folder",
    "a_handover",
    "a_kiosk",
    "a_kiosk_day",
    "a_match",
    "a_placement",
    "a_pool",
    "a_refused_file",
    "a_rule",
    "a_sealed_day",
    "a_transfer",
    "an_account_id",
    "an_entry",
    "an_instruction",
    "an_outflow",
    "custody",
    "kept",
    "keys_file",
    "new_talk",
    "operator",
    "what_was_told",
]  # fmt: skip

POOL = 1


@pytest.fixture
def a_list(kept: None, db: None) -> Callable[[], UUID]:
    """Makes an order of an enterprise of pool 1, its list judged; its id."""
    return lambda: a_bulk_order().pk


@pytest.fixture
def a_units_invoice(kept: None, db: None) -> Callable[[], tuple[UUID, UUID]]:
    """Makes an order of an enterprise of pool 1 that has an invoice; the ids of both."""

    def make() -> tuple[UUID, UUID]:
        order = a_bulk_order()
        return order.pk, invoices.of_enterprise(order, clock.now()).pk

    return make


@pytest.fixture
def a_unit(kept: None, db: None) -> Callable[[], UUID]:
    """Makes an enterprise of pool 1; its id."""
    return lambda: a_bulk_order().enterprise_id


@pytest.fixture
def a_session(db: None) -> Callable[[], UUID]:
    """Makes an assisted session of some clerk of pool 1; its id."""

    def make() -> UUID:
        now = clock.now()
        return AssistSession.objects.create(
            id=new_id(now), pool=POOL, clerk=seat((roles.CLERK, POOL)).person, asked_at=now,
            citizen=somebody(now), reason="top_up", ends_at=now + timedelta(minutes=5),
        ).pk  # fmt: skip

    return make


def a_bulk_order() -> BulkOrder:
    officer = seat((roles.FINANCE_OFFICER, POOL)).person
    now = clock.now()
    pools.open_pool(POOL, "MOT", clock.business_day(now))
    unit = registered_unit(POOL)
    content = text([("=A01", a_card_no(), 50), ("A02", "12", 50)])
    return taking.take(
        io.BytesIO(content), name="名单.csv", enterprise=unit, officer=officer, now=now
    )


@pytest.fixture
def a_doubt(new_talk: Callable[..., Any]) -> Callable[[], UUID]:
    """Makes a load in doubt at a card of pool 1; its id."""

    def make() -> UUID:
        talk = new_talk(balance=1234, counter=7)
        talk.now = clock.now()
        load_id, seal = talk.sealed()
        talk.chip.line("!tear-before")
        assert talk.prove(load_id, talk.pipe(seal.script)).outcome == "in_doubt"
        talk.wait(days=20)
        return load_id  # type: ignore[no-any-return]

    return make


@pytest.fixture
def an_incident(a_doubt: Callable[[], UUID]) -> Callable[[], UUID]:
    """Makes an incident at a card of pool 1; its id."""

    def make() -> UUID:
        load = queries.get(a_doubt())
        now = clock.now()
        incidents.notice(
            IncidentKind.JUMPED,
            load.application,
            known=7,
            seen=9,
            source_id=new_id(now),
            actor=WORKER,
            now=now,
            load=load,
        )
        return max(one.incident_id for one in incidents.open_ones(POOL))

    return make


@pytest.fixture
def a_service(a_pool: Callable[[], int]) -> Callable[[], UUID]:
    """Makes a redemption of a card of pool 1 that waits for the card; its id."""

    def make() -> UUID:
        now, _ = clock.now(), a_pool()
        holder = somebody(now)
        prefix = IssuerPrefix.objects.filter(operator__pool=POOL).values_list("prefix", flat=True)
        number = f"{prefix[0]}{secrets.randbelow(10**19):019d}"[:19]
        card = cards.add(holder, number, now)
        return departing.redeem(
            cause=new_id(now), person=holder, card=card, why="given_up", payee=None,
            actor=Actor(kind="citizen", id=str(holder.pk)), now=now,
        ).pk  # fmt: skip

    return make


@pytest.fixture
def a_deposit(a_pool: Callable[[], int]) -> Callable[[], UUID]:
    """Makes a deposit of a card of pool 1 that waits for its payment; its id."""

    def make() -> UUID:
        now, _ = clock.now(), a_pool()
        holder = somebody(now)
        prefix = IssuerPrefix.objects.filter(operator__pool=POOL).values_list("prefix", flat=True)
        card = cards.add(holder, f"{prefix[0]}{secrets.randbelow(10**19):019d}"[:19], now)
        return Deposit.objects.create(
            id=new_id(now), pool=POOL, card=card, asn=card.asn, person=holder,
            amount_fen=2_000,
            paid_by="channel", placed_at=now,
        ).pk  # fmt: skip

    return make


@pytest.fixture
def an_invoice_in_doubt(a_pool: Callable[[], int]) -> Callable[[], UUID]:
    """Makes an invoice of pool 1 that was sent and not answered; its id."""

    def make() -> UUID:
        now, _ = clock.now(), a_pool()
        holder = somebody(now)
        prefix = IssuerPrefix.objects.filter(operator__pool=POOL).values_list("prefix", flat=True)
        card = cards.add(holder, f"{prefix[0]}{secrets.randbelow(10**19):019d}"[:19], now)
        topup = TopUp.objects.create(
            id=new_id(now), pool=POOL, person=holder, card=card, amount_fen=5_000, placed_at=now
        )
        return invoices.in_doubt(topup, now).pk

    return make


@pytest.fixture
def a_matter(db: None) -> Callable[[], str]:
    """Makes a contested payment of pool 1; the name of the matter."""

    def make() -> str:
        now = clock.now()
        account, _ = MerchantAccount.objects.get_or_create(
            channel="wechatpay",
            merchant_no="1900000001",
            defaults={"id": new_id(now), "pool": POOL, "app_no": "wx1"},
        )
        own_id = new_id(now)
        payment = Payment.objects.create(
            id=own_id,
            pool=POOL,
            merchant=account,
            channel="wechatpay",
            order_no=own_id.hex,
            patron="topup",
            patron_id=new_id(now),
            scene="native",
            wish_fen=5_000,
            expires_at=now + timedelta(minutes=5),
            created_at=now,
        )
        why = "evidence disagrees in amount"
        trail.advance(payment, to="contested", actor=WORKER, because=why, now=now)
        return f"payment_contested-{own_id}"

    return make
