"""The doors where a kiosk carries a load between a card and the house."""

from __future__ import annotations

from uuid import UUID

from django.http import HttpResponse
from django.urls import reverse
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from accounts import cards, clock
from gateway.idempotency.once import once
from gateway.kiosk import cash, loads, receipts
from gateway.kiosk.api_machine import READS, WRITES, KioskDoor, read
from gateway.kiosk.authentication import IsWorking, kiosk_of
from gateway.kiosk.serializers import (
    LoadView,
    LoadWish,
    OrderView,
    PresentedCard,
    PresentedView,
    ProofView,
    ProofWish,
    ScanView,
    ScanWish,
)
from gateway.topup import queries, scanning
from gateway.topup.models import TopUp
from gateway.topup.serializers import Answers, ScriptView, VerdictView, aid_in


class Presented(KioskDoor):
    """A card is presented."""

    permission_classes = (IsWorking,)

    @extend_schema(
        operation_id="kiosk_card_present",
        request=PresentedCard,
        responses=PresentedView,
        parameters=WRITES,
    )
    def post(self, request: Request) -> HttpResponse:
        """Paid orders that wait for it, and whether a half record must be settled first."""
        return self._present(request)

    @once
    def _present(self, request: Request, *, cause: UUID) -> Response:
        wish = read(PresentedCard, request)
        found = loads.present(cash.card_of(wish["card_no"], clock.now()))
        told = {"repair_first": found.repair_first, "orders": found.orders}
        return Response(PresentedView(told).data)


class Scans(KioskDoor):
    """An order to be paid on the kiosk's screen."""

    permission_classes = (IsWorking,)

    @extend_schema(
        operation_id="kiosk_scan_open",
        request=ScanWish,
        responses={201: ScanView},
        parameters=WRITES,
    )
    def post(self, request: Request) -> HttpResponse:
        """One code for every wallet; whoever scans it chooses and pays."""
        return self._place(request)

    @once
    def _place(self, request: Request, *, cause: UUID) -> Response:
        wish, now = read(ScanWish, request), clock.now()
        card = cash.card_of(wish["card_no"], now)
        topup = loads.place_to_scan(card, wish["amount_fen"], cause=cause, now=now)
        path = reverse("scan", kwargs={"token": scanning.token_of(topup)})
        told = {
            "order_id": topup.id,
            "url": request.build_absolute_uri(path),
            "expires_at": scanning.over_at(topup),
        }
        return Response(ScanView(told).data, status=201)


class Order(KioskDoor):
    """How far an order has come."""

    @extend_schema(operation_id="kiosk_order_get", responses=OrderView, parameters=READS)
    def get(self, request: Request, order_id: UUID) -> Response:
        """placed, paid, loading, in_doubt, loaded, expired, refunding or refunded."""
        topup = queries.get(order_id, person=None)
        told = {"order_id": topup.id, "state": topup.state, "amount_fen": topup.amount_fen}
        return Response(OrderView(told).data)


class Loads(KioskDoor):
    """补登: the load of a paid order."""

    permission_classes = (IsWorking,)

    @extend_schema(
        operation_id="kiosk_load_open",
        request=LoadWish,
        responses={201: LoadView},
        parameters=WRITES,
    )
    def post(self, request: Request) -> HttpResponse:
        """The commands up to INITIALIZE FOR LOAD; 409 `load_unresolved`: evidence first."""
        return self._open(request)

    @once
    def _open(self, request: Request, *, cause: UUID) -> Response:
        wish, now = read(LoadWish, request), clock.now()
        card = cards.by_asn(wish["card_no"])
        topup = loads.order_of(wish["order_id"], card)
        talk = loads.open_load(kiosk_of(request), topup.id, card, aid=aid_in(wish), now=now)
        told = {
            "id": talk.load_id,
            "script": talk.script,
            "order_id": topup.id,
            "amount_fen": topup.amount_fen,
            "receipt_url": receipt_address(request, topup),
        }
        return Response(LoadView(told).data, status=201)


class Challenge(KioskDoor):
    """Takes the card's answer to INITIALIZE FOR LOAD."""

    permission_classes = (IsWorking,)

    @extend_schema(
        operation_id="kiosk_load_challenge",
        request=Answers,
        responses=ScriptView,
        parameters=WRITES,
    )
    def post(self, request: Request, load_id: UUID) -> HttpResponse:
        """CREDIT FOR LOAD with its MAC2; the same challenge always gets the same command."""
        return self._take(request, load_id)

    @once
    def _take(self, request: Request, load_id: UUID, *, cause: UUID) -> Response:
        answers = read(Answers, request)["answers"]
        seal = loads.seal(kiosk_of(request), load_id, list(answers), now=clock.now())
        return Response(ScriptView({"id": load_id, "script": seal.script}).data)


class Proof(KioskDoor):
    """Takes the card's answer to CREDIT FOR LOAD, at once or days later."""

    @extend_schema(
        operation_id="kiosk_load_proof",
        request=ProofWish,
        responses=ProofView,
        parameters=WRITES,
    )
    def post(self, request: Request, load_id: UUID) -> HttpResponse:
        """`loaded` on a TAC that verifies; anything else is `in_doubt`, never failed."""
        return self._take(request, load_id)

    @once
    def _take(self, request: Request, load_id: UUID, *, cause: UUID) -> Response:
        wish, kiosk, now = read(ProofWish, request), kiosk_of(request), clock.now()
        proved = loads.prove(
            kiosk,
            load_id,
            list(wish["answers"]),
            number=wish["number"],
            said_at=wish["said_at"],
            now=now,
        )
        told = {
            "outcome": proved.verdict.outcome,
            "new_balance_fen": proved.verdict.new_balance_fen,
            "why_zh": proved.verdict.why_zh,
            "why_en": proved.verdict.why_en,
            "receipt": receipts.printed(proved, kiosk, now)
            | {"qr": receipt_address(request, proved.topup)},
        }
        return Response(ProofView(told).data)


class OpenEvidence(KioskDoor):
    """A card with a half record is seen."""

    @extend_schema(
        operation_id="kiosk_evidence_open",
        request=PresentedCard,
        responses={201: ScriptView},
        parameters=WRITES,
    )
    def post(self, request: Request) -> HttpResponse:
        """The commands that let the card say what is on it."""
        return self._open(request)

    @once
    def _open(self, request: Request, *, cause: UUID) -> Response:
        wish, now = read(PresentedCard, request), clock.now()
        card = cards.by_asn(wish["card_no"])
        talk = loads.open_evidence(kiosk_of(request), card, aid=aid_in(wish), now=now)
        return Response(ScriptView({"id": talk.inquiry_id, "script": talk.script}).data, status=201)


class Evidence(KioskDoor):
    """Takes what the card showed."""

    @extend_schema(
        operation_id="kiosk_evidence_take",
        request=Answers,
        responses=VerdictView,
        parameters=WRITES,
    )
    def post(self, request: Request, inquiry_id: UUID) -> HttpResponse:
        """`loaded`, `not_loaded` or `unclear`, with the reason."""
        return self._take(request, inquiry_id)

    @once
    def _take(self, request: Request, inquiry_id: UUID, *, cause: UUID) -> Response:
        answers = read(Answers, request)["answers"]
        verdict = loads.take_evidence(kiosk_of(request), inquiry_id, list(answers), now=clock.now())
        return Response(VerdictView(verdict).data)


def receipt_address(request: Request, topup: TopUp) -> str:
    """What the QR of an order's receipt carries: the page that tells how far it has come."""
    return address_of(request, receipts.token_of(topup))


def address_of(request: Request, token: str) -> str:
    """The page behind a receipt's token."""
    path = reverse("receipt-link", kwargs={"token": token})
    return str(request.build_absolute_uri(path))
