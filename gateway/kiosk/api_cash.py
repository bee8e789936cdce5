"""The doors where a kiosk takes cash, changes its box and settles its day."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.http import HttpResponse
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from accounts import clock
from gateway.idempotency.once import once
from gateway.kiosk import boxes, cash, loads, receipts, settling
from gateway.kiosk.api_loads import address_of, receipt_address
from gateway.kiosk.api_machine import READS, WRITES, KioskDoor, read
from gateway.kiosk.authentication import IsWorking, actor_of, kiosk_of
from gateway.kiosk.cash import Note
from gateway.kiosk.parameters import NOTES_FEN
from gateway.kiosk.serializers import (
    BoxView,
    CashLoadWish,
    IntakeView,
    LoadView,
    NotesView,
    NotesWish,
    PresentedCard,
    ReceiptView,
    SettlementView,
    SettlementWish,
)
from gateway.kiosk.settling import Line
from gateway.topup.serializers import aid_in


class Boxes(KioskDoor):
    """The cash box in place."""

    @extend_schema(
        operation_id="kiosk_box_put_in", request=None, responses={201: BoxView}, parameters=WRITES
    )
    def post(self, request: Request) -> HttpResponse:
        """A new box is in; the one before is out and waits to be counted."""
        return self._put_in(request)

    @once
    def _put_in(self, request: Request, *, cause: UUID) -> Response:
        kiosk = kiosk_of(request)
        box = boxes.put_in(kiosk, cause=cause, actor=actor_of(kiosk), now=clock.now())
        return Response(BoxView({"box": box.label, "opened_at": box.opened_at}).data, status=201)


class Intakes(KioskDoor):
    """A slot for cash."""

    permission_classes = (IsWorking,)

    @extend_schema(
        operation_id="kiosk_cash_open",
        request=PresentedCard,
        responses={201: IntakeView},
        parameters=WRITES,
    )
    def post(self, request: Request) -> HttpResponse:
        """How much cash this card may bring now; the machine lets no more fall.

        409 `kiosk_cash_not_taken` where rules or quota leave no room, `load_unresolved` while
        the card's half record is not settled.
        """
        return self._open(request)

    @once
    def _open(self, request: Request, *, cause: UUID) -> Response:
        wish, kiosk, now = read(PresentedCard, request), kiosk_of(request), clock.now()
        card = cash.card_of(wish["card_no"], now)
        intake = cash.open_slot(kiosk, card, cause=cause, actor=actor_of(kiosk), now=now)
        told = {
            "intake_id": intake.id,
            "most_fen": intake.most_fen,
            "notes_fen": [value for value in NOTES_FEN if value <= intake.most_fen],
        }
        return Response(IntakeView(told).data, status=201)


class Notes(KioskDoor):
    """Notes that fell."""

    @extend_schema(
        operation_id="kiosk_notes_take",
        request=NotesWish,
        responses=NotesView,
        parameters=WRITES,
    )
    def post(self, request: Request) -> HttpResponse:
        """Books each note once, by its number; all of them or none. Days later too."""
        return self._take(request)

    @once
    def _take(self, request: Request, *, cause: UUID) -> Response:
        wish, kiosk = read(NotesWish, request), kiosk_of(request)
        kept = cash.take(kiosk, _notes(wish["notes"]), actor=actor_of(kiosk), now=clock.now())
        return Response(NotesView({"kept": kept}).data)


class CashReceipt(KioskDoor):
    """The slip of cash that could not be loaded."""

    @extend_schema(operation_id="kiosk_cash_receipt", responses=ReceiptView, parameters=READS)
    def get(self, request: Request, intake_id: UUID) -> Response:
        """What to print when no load was opened, above all after `kiosk_quota_used_up` or
        `pool_winding_down`: where the money is, how it comes back, and the link that follows it.
        """
        kiosk, now = kiosk_of(request), clock.now()
        slot, printed = receipts.printed_cash(kiosk, intake_id, now)
        told = printed | {"qr": address_of(request, receipts.token_of_cash(slot))}
        return Response(ReceiptView(told).data)


class CashLoads(KioskDoor):
    """Cash becomes a load."""

    permission_classes = (IsWorking,)

    @extend_schema(
        operation_id="kiosk_cash_load_open",
        request=CashLoadWish,
        responses={201: LoadView},
        parameters=WRITES,
    )
    def post(self, request: Request) -> HttpResponse:
        """Books what fell, makes the order, takes the quota, opens the load: one round trip.

        When the load cannot be opened the order stands: it waits for the card at any kiosk. 409
        `kiosk_quota_used_up`, `kiosk_prepaid_other_pool`, `pool_winding_down`: there is none, the
        cash is kept, and `GET intakes/{id}/receipt` has the slip that says how it comes back.
        """
        return self._open(request)

    @once
    def _open(self, request: Request, *, cause: UUID) -> Response:
        wish, kiosk, now = read(CashLoadWish, request), kiosk_of(request), clock.now()
        actor = actor_of(kiosk)
        if wish.get("notes"):
            cash.take(kiosk, _notes(wish["notes"]), actor=actor, now=now)
        topup = cash.order(kiosk, wish["intake_id"], actor=actor, now=now)
        card = cash.card_of(wish["card_no"], now)
        talk = loads.open_load(kiosk, topup.id, card, aid=aid_in(wish), now=now)
        told = {
            "id": talk.load_id,
            "script": talk.script,
            "order_id": topup.id,
            "amount_fen": topup.amount_fen,
            "receipt_url": receipt_address(request, topup),
        }
        return Response(LoadView(told).data, status=201)


class Settlements(KioskDoor):
    """日结."""

    @extend_schema(
        operation_id="kiosk_settle",
        request=SettlementWish,
        responses=SettlementView,
        parameters=WRITES,
    )
    def post(self, request: Request) -> HttpResponse:
        """Compares counts, sums and digest; with `records`, every line.

        The digest is HMAC-SHA256 under the work key over `number|kind|amount_fen|ref` lines in
        order, joined by line feeds.
        """
        return self._settle(request)

    @once
    def _settle(self, request: Request, *, cause: UUID) -> Response:
        wish, kiosk = read(SettlementWish, request), kiosk_of(request)
        day, first, last = wish.pop("day"), wish.pop("first"), wish.pop("last")
        sent = wish.pop("records", None)
        made = settling.settle(
            kiosk,
            day=day,
            first=first,
            last=last,
            theirs=wish,
            lines=None if sent is None else [Line(**one) for one in sent],
            now=clock.now(),
        )
        told = {
            "settlement_id": made.settlement.id,
            "state": made.settlement.state,
            "ours": made.settlement.ours,
            "send_records": made.differences is None,
            "differences": [
                {"number": one.number, "kind": one.kind} for one in made.differences or []
            ],
        }
        return Response(SettlementView(told).data)


def _notes(said: list[dict[str, Any]]) -> list[Note]:
    return [
        Note(
            number=one["number"],
            intake_id=one["intake_id"],
            box=one["box"],
            value_fen=one["value_fen"],
            said_at=one["said_at"],
        )
        for one in said
    ]
