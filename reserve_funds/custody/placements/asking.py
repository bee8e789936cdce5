"""Placing reserve money: asked by one officer, checked, and approved by others as any outflow.

placement = asking.ask(pool=..., account=..., kind="term_deposit", institution=...,
                       contract_no=..., payee=..., principal_fen=..., rate_bp=...,
                       matures_on=..., because=..., maker=..., now=now)
asking.approve(placement.id, checker=..., now=now)
"""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID

from django.db import transaction

from accounts.actors import Actor
from accounts.clock import business_day
from accounts.identifiers import new_id
from accounts.models import Person
from reserve_funds.custody.bank import requests
from reserve_funds.custody.bank.models import CustodyAccount, Instruction
from reserve_funds.custody.bank.payees import Payee
from reserve_funds.custody.bank.requests import Draft
from reserve_funds.custody.placements.errors import (
    PlacementBelowFloor,
    PlacementMalformed,
    PlacementNotSafe,
    PlacementsNotAllowed,
    PlacementTooLong,
    PlacementUnknown,
)
from reserve_funds.custody.placements.ladder import Room, ladder, room
from reserve_funds.custody.placements.models import Placement
from reserve_funds.custody.rules.pools import profile_of
from reserve_funds.custody.rules.rule import Profile, Rule
from reserve_funds.handbook import Purpose
from reserve_funds.ledger import queries
from reserve_funds.ledger.values import MOST_FEN

_HIGHEST_RATE_BP = 10_000
_LIVE = ("asked", "placed")


def attach() -> None:
    """From now on every placement among the outflows is looked at here."""
    requests.before_asking(check)


def ask(
    *,
    pool: int,
    account: CustodyAccount,
    kind: str,
    institution: str,
    contract_no: str,
    payee: Payee,
    principal_fen: int,
    rate_bp: int,
    matures_on: date,
    because: str,
    maker: Person,
    now: datetime,
    route: str = "",
) -> Placement:
    """A placement that waits for its approval, with its request of an outflow.

    PlacementsNotAllowed, PlacementNotSafe, PlacementMalformed, PlacementBelowFloor,
    PlacementTooLong, and what requests.ask raises. Nothing has moved.
    """
    today = business_day(now)
    rule = _rule(pool, profile_of(pool, today))
    _check_words(rule, kind, institution, contract_no, principal_fen, rate_bp, matures_on, today)
    with transaction.atomic():
        if Placement.objects.filter(
            account=account, contract_no=contract_no, state__in=_LIVE
        ).exists():
            raise PlacementMalformed(field="contract_no")
        placement = Placement.objects.create(
            id=new_id(now),
            pool=pool,
            account=account,
            kind=kind,
            institution=institution.strip(),
            contract_no=contract_no,
            principal_fen=principal_fen,
            rate_bp=rate_bp,
            matures_on=matures_on,
            asked_on=today,
            state="asked",
            asked_at=now,
        )
        requests.ask(
            pool=pool,
            purpose=Purpose.PRINCIPAL_SAFE_PLACEMENT,
            source=placement.ref,
            payee=payee,
            amount_fen=principal_fen,
            account=account,
            because=because,
            maker=maker,
            now=now,
            route=route,
            remark=contract_no,
        )
    return placement


def approve(placement_id: UUID, *, checker: Person, now: datetime) -> list[Instruction]:
    """As requests.approve: empty while another checker is still needed. PlacementUnknown."""
    row = Instruction.objects.filter(
        source_kind="placement", source_owner=str(placement_id)
    ).first()
    if row is None:
        raise PlacementUnknown(id=str(placement_id))
    return requests.approve(row.request_id, checker=checker, now=now)


def check(draft: Draft) -> None:
    """Asked of every outflow, when it is asked for and again when it is approved."""
    if draft.purpose is not Purpose.PRINCIPAL_SAFE_PLACEMENT:
        return
    today = business_day(draft.now)
    profile = profile_of(draft.pool, today)
    rule = _rule(draft.pool, profile)
    if len(draft.lines) != 1:
        raise PlacementUnknown(pool=draft.pool)
    line = draft.lines[0]
    rows = Placement.objects.filter(pool=draft.pool, account=draft.account, state="asked")
    asked_for = _uuid(line.source.owner)
    placement = (
        rows.filter(id=asked_for, principal_fen=line.amount_fen).first() if asked_for else None
    )
    if placement is None or line.source != placement.ref:
        raise PlacementUnknown(pool=draft.pool)
    if placement.matures_on <= today:
        raise PlacementMalformed(field="matures_on")
    if placement.kind not in _kinds(rule):
        raise PlacementNotSafe(kind=placement.kind, kinds=_kinds(rule))
    told = room(draft.pool, profile)
    if told is None:
        raise PlacementsNotAllowed(pool=draft.pool, profile=profile.name)
    _check_floor(placement, told)
    _check_ladder(placement, today)


def actor_of(person: Person) -> Actor:
    """An officer as the trail names them."""
    return Actor(kind="officer", id=str(person.pk))


def _check_floor(placement: Placement, told: Room) -> None:
    there = queries.balance_fen(placement.pool, placement.account.ref)
    most_fen = min(max(0, told.liquid_fen - told.floor_fen), there)
    if placement.principal_fen > most_fen:
        raise PlacementBelowFloor(
            amount_fen=placement.principal_fen,
            liquid_fen=min(told.liquid_fen, there),
            floor_fen=told.floor_fen,
        )


def _check_ladder(placement: Placement, today: date) -> None:
    """Until the day it comes back there must be enough without it."""
    for rung in ladder(placement.pool, today, placing_fen=placement.principal_fen):
        if rung.day < placement.matures_on and rung.left_fen < 0:
            raise PlacementTooLong(day=rung.day, missing_fen=-rung.left_fen)


def _check_words(
    rule: Rule,
    kind: str,
    institution: str,
    contract_no: str,
    principal_fen: int,
    rate_bp: int,
    matures_on: date,
    today: date,
) -> None:
    if kind not in _kinds(rule):
        raise PlacementNotSafe(kind=kind[:24], kinds=_kinds(rule))
    sound = {
        "institution": 0 < len(institution.strip()) <= 120,
        "contract_no": 6 <= len(contract_no) <= 40 and contract_no.isascii()
        and contract_no.replace("-", "").isalnum(),
        "principal_fen": type(principal_fen) is int and 0 < principal_fen <= MOST_FEN,
        "rate_bp": type(rate_bp) is int and 0 <= rate_bp <= _HIGHEST_RATE_BP,
        "matures_on": matures_on > today,
    }  # fmt: skip
    for field, right in sound.items():
        if not right:
            raise PlacementMalformed(field=field)


def _rule(pool: int, profile: Profile) -> Rule:
    rule = profile.rule("R11")
    if rule is None or not profile.permits(Purpose.PRINCIPAL_SAFE_PLACEMENT):
        raise PlacementsNotAllowed(pool=pool, profile=profile.name)
    return rule


def _kinds(rule: Rule) -> tuple[str, ...]:
    kinds = rule.parameters["kinds"]
    assert isinstance(kinds, tuple)
    return kinds


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None
