"""Custody's pages in a real browser: nothing, one and many on them, long names, every look."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from accounts import clock, roles
from accounts.models import Operator
from reserve_funds.custody.coverage import watching
from reserve_funds.custody.coverage.models import Mark
from reserve_funds.ledger import listing
from reserve_funds.ledger import queries as ledger
from tests.gateway.console.custody_rooms import HANDED, LONG, Room, handed_over, uploaded
from tests.journeys.pages.looking import LOOKS, Picture, Visit, faults, fits, in_turn, too_narrow
from tests.reserve_funds.conftest import fresh_pool_number
from tests.support.officers import seat

HOUR = timedelta(hours=1)
BOTH = (1280, 390)


@pytest.fixture
def room(lasting_db: None, tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> Room:
    """A pool of a long name that is short, with a week's course and something of everything."""
    monkeypatch.setenv("KEPT_FILES_DIR", str(tmp_path))
    pool = fresh_pool_number()
    now = clock.now()
    Operator.objects.create(
        code=f"p{pool}"[:16], name_zh=LONG[:20], name_en="Zhongyuan Integrated Transport Card",
        level="city", city_code=None, pool=pool,
    )  # fmt: skip
    made = Room(pool)
    made.agreed_placement(100_000)
    made.placed = made.placement(600_000)  # type: ignore[attr-defined]
    made.banked(91_020_00)
    made.one = made.difference()  # type: ignore[attr-defined]
    made.request = made.outflow(900_000_00)  # type: ignore[attr-defined]
    made.unclear = made.entry()  # type: ignore[attr-defined]
    for number in range(12):
        made.outflow(10**number)
    made.day = made.cut()  # type: ignore[attr-defined]
    made.sealed_day = made.sealed()  # type: ignore[attr-defined]
    made.maker = maker = seat((roles.FINANCE_OFFICER, pool), name="欧阳锦程 Nathaniel")  # type: ignore[attr-defined]
    wrong = HANDED + b"31050702,1\n3105070200000000001,1000\n"
    made.faulty, made.good = (  # type: ignore[attr-defined]
        uploaded(maker, handed_over(made, file, issuer=f"{LONG[:30]}{pool}"))
        for file in (wrong, HANDED)
    )
    made.known = made.rule()  # type: ignore[attr-defined]
    made.asked_rule = made.wanted_rule()  # type: ignore[attr-defined]
    made.handover_id = made.handover(f"{LONG[:16]}{pool}", card_at=pool).pk  # type: ignore[attr-defined]
    made.lost = made.instruction().pk  # type: ignore[attr-defined]
    made.paid(700)
    hour = now.replace(minute=0, second=0, microsecond=0)
    Mark.objects.bulk_create(
        Mark(
            pool=pool, hour=hour - (160 - at) * HOUR, read_at=now, owed_fen=10_000_000,
            held_fen=10_000_000 - (at % 7) * 900, overdrawn_fen=0, cover_due_fen=0,
        )
        for at in range(159)
    )  # fmt: skip
    watching.watch(now)
    return made


def places(room: Room) -> list[tuple[str, str]]:
    pool, one, request = room.pool, room.one, room.request  # type: ignore[attr-defined]
    account = listing.id_of(pool, room.account.ref)
    paid = room.paid()
    return [
        ("custody", "/console/custody"),
        ("custody-pool", f"/console/custody/pools/{pool}"),
        ("custody-rules", f"/console/custody/pools/{pool}/rules"),
        ("custody-rules-change", f"/console/custody/pools/{pool}/rules/change/PBOC"),
        ("custody-limit", f"/console/custody/pools/{pool}/limits/REPAYMENT"),
        ("custody-kind", f"/console/custody/pools/{pool}/kinds/unloaded_orders"),
        ("custody-kind-none", f"/console/custody/pools/{pool}/kinds/wallet"),
        ("custody-account", f"/console/custody/pools/{pool}/accounts/{account}"),
        ("custody-transfer", f"/console/custody/pools/{pool}/transfers/{paid}"),
        ("custody-cases", "/console/custody/cases"),
        ("custody-differences", "/console/custody/differences"),
        ("custody-difference", f"/console/custody/differences/{one.id}"),
        ("custody-voucher", f"/console/custody/differences/{one.id}/bear_loss"),
        ("custody-matches", "/console/custody/matches"),
        ("custody-match", f"/console/custody/matches/{pool}/order_bill"),
        ("custody-outflows", "/console/custody/outflows"),
        ("custody-outflows-none", "/console/custody/outflows?state=refused"),
        ("custody-outflow", f"/console/custody/outflows/{request.pk}"),
        ("custody-choose", "/console/custody/outflows/ask"),
        ("custody-ask", f"/console/custody/outflows/ask/{pool}/REPAYMENT"),
        ("custody-statements", "/console/custody/statements"),
        ("custody-upload", "/console/custody/statements/upload"),
        ("custody-entry", f"/console/custody/entries/{room.unclear}"),  # type: ignore[attr-defined]
        ("custody-understand", f"/console/custody/entries/{room.unclear}/understand"),  # type: ignore[attr-defined]
        ("custody-days", "/console/custody/days"),
        ("custody-day", f"/console/custody/days/{pool}/{room.day}"),  # type: ignore[attr-defined]
    ]


def asking(room: Room) -> list[tuple[str, str]]:
    """Pages on which officers ask, and what they read: looked at in Chinese, small and large."""
    pool, day = room.pool, room.day  # type: ignore[attr-defined]
    order = ledger.transfers_of(pool, room.order)[0].id
    handover, one = room.handover_id, room.placed  # type: ignore[attr-defined]
    return [
        ("placements", "/console/custody/placements"),
        ("ladder", f"/console/custody/pools/{pool}/ladder"),
        ("placement", f"/console/custody/placements/{one.pk}"),
        ("placement-ask", f"/console/custody/pools/{pool}/placements/ask"),
        ("recognition", f"/console/custody/pools/{pool}/recognition"),
        ("recognition-ask", f"/console/custody/pools/{pool}/recognition/ask/channel_payout"),
        ("recognition-end", f"/console/custody/pools/{pool}/recognition/{room.known}/end"),  # type: ignore[attr-defined]
        ("reversal", f"/console/custody/pools/{pool}/transfers/{order}/reverse"),
        ("reversals", "/console/custody/reversals"),
        ("reports", "/console/custody/reports"),
        ("report", f"/console/custody/reports/{pool}/trial?day={day}"),
        ("cutovers", "/console/custody/cutover"),
        ("cutover", f"/console/custody/cutover/{handover}"),
        ("cutover-ask", f"/console/custody/cutover/{handover}/open"),
        ("cutover-day", f"/console/custody/cutover/{handover}/day"),
        ("not-instructed", f"/console/custody/instructions/{room.lost}/not-instructed"),  # type: ignore[attr-defined]
        ("patience", f"/console/custody/pools/{pool}/patience"),
        ("vouchers", f"/console/custody/pools/{pool}/vouchers/{room.sealed_day}"),  # type: ignore[attr-defined]
        ("vouchers-none", f"/console/custody/pools/{pool}/vouchers/{day}"),
        ("voucher-find", "/console/custody/vouchers"),
        ("voucher-one", f"/console/custody/pools/{pool}/vouchers/{room.sealed_day}/1"),  # type: ignore[attr-defined]
        ("voucher-paper", f"/console/custody/pools/{pool}/vouchers/{room.sealed_day}/1/paper"),  # type: ignore[attr-defined]
        ("banks", "/console/custody/banks"),
        ("bank-account-new", "/console/custody/banks/accounts/new"),
        ("bank-account", f"/console/custody/banks/accounts/{room.account.pk}/change"),
        ("bank-contract", f"/console/custody/banks/accounts/{room.account.pk}"),
        ("handover", "/console/custody/cutover/upload"),
        ("handover-faulty", room.faulty),  # type: ignore[attr-defined]
        ("handover-good", room.good),  # type: ignore[attr-defined]
        ("winding", f"/console/custody/pools/{pool}/winding"),
        ("winding-ask", f"/console/custody/pools/{pool}/winding/ask"),
        ("placement-off", f"/console/custody/placements/{one.pk}/return/off"),
        ("idle", f"/console/custody/reports/{pool}/idle?day={day}"),
        ("suspension", f"/console/custody/reports/{pool}/suspension"),
        ("approval-rule", f"/console/approvals/{room.asked_rule}"),  # type: ignore[attr-defined]
        ("approval-outflow", f"/console/approvals/{room.request.pk}"),  # type: ignore[attr-defined]
    ]


def test_every_page_of_custody_fits_and_axe_finds_nothing_serious(
    visit: Visit, picture: Picture, room: Room
) -> None:
    found: dict[str, Any] = {}
    for width, look, language in LOOKS:
        page = visit(room.maker, width=width, look=look, language=language)
        here = [*places(room), *(asking(room) if width in BOTH else [])]
        for number, (name, path) in enumerate(here):
            answer = page.goto(path)
            assert answer is not None
            assert answer.status == 200, path
            picture(page, f"{name}-{width}-{look}-{language}")
            wrong = too_narrow(page) + (faults(page) if in_turn(number, look) else [])
            if wrong:
                found[f"{name}-{width}"] = wrong
    assert found == {}


def test_a_bank_s_folder_is_described_on_any_screen(
    visit: Visit, picture: Picture, lasting_db: None
) -> None:
    for width, look, language in LOOKS:
        officer = seat((roles.FINANCE_OFFICER, None))
        page = visit(officer, width=width, look=look, language=language)
        page.goto("/console/custody/banks/folders/new")
        picture(page, f"bank-folder-{width}-{look}-{language}")
        assert too_narrow(page) + faults(page) == []


def test_an_officer_of_a_pool_without_money_is_taught(
    visit: Visit, picture: Picture, lasting_db: None
) -> None:
    officer = seat((roles.FINANCE_OFFICER, fresh_pool_number()))
    page = visit(officer, width=390)
    for name in ("", "/differences", "/outflows", "/statements", "/days", "/cases"):
        page.goto(f"/console/custody{name}")
        assert page.locator(".empty").count() == 1, name
        picture(page, f"custody-none{name.replace('/', '-')}")
        assert fits(page)
        assert faults(page) == []
