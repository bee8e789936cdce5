"""A citizen's cards: added by number, listed, looked at."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.http import HttpResponse
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts import cards, clock
from accounts.models import TransitCard
from gateway.api.authentication import person_of
from gateway.api.headers import IDEMPOTENCY_KEY
from gateway.api.permissions import IsCitizen
from gateway.idempotency.once import once


class CardWish(serializers.Serializer[Any]):
    """A card to be added: the 19 digits printed on it."""

    card_no = serializers.RegexField(r"^[0-9]{19}$", help_text="19 digits as printed on the card")


class CardView(serializers.ModelSerializer[TransitCard]):
    """A card as its holder sees it; the number is masked."""

    card_no = serializers.CharField(source="masked", read_only=True)
    operator = serializers.SerializerMethodField()

    class Meta:
        model = TransitCard
        fields = ("id", "card_no", "operator", "named", "state")
        read_only_fields = fields

    def get_operator(self, card: TransitCard) -> dict[str, str]:
        """Who issued it."""
        return {"zh": card.operator.name_zh, "en": card.operator.name_en}


class Cards(APIView):
    """Your cards."""

    permission_classes = (IsCitizen,)

    @extend_schema(operation_id="cards_list", responses=CardView(many=True))
    def get(self, request: Request) -> Response:
        """All of your cards, the first added first."""
        return Response(CardView(cards.of(person_of(request)), many=True).data)

    @extend_schema(
        operation_id="cards_add",
        request=CardWish,
        responses={201: CardView},
        parameters=[IDEMPOTENCY_KEY],
    )
    def post(self, request: Request) -> HttpResponse:
        """Adds a card by its number; issuer and city are recognised by longest prefix.

        It is added as anonymous: a card is registered in a name only with proof of who holds it.
        """
        return self._add(request)

    @once
    def _add(self, request: Request, *, cause: UUID) -> Response:
        wish = CardWish(data=request.data)
        wish.is_valid(raise_exception=True)
        card = cards.add(person_of(request), wish.validated_data["card_no"], clock.now())
        return Response(CardView(card).data, status=201)


class Card(APIView):
    """One of your cards."""

    permission_classes = (IsCitizen,)

    @extend_schema(operation_id="cards_get", responses=CardView)
    def get(self, request: Request, card_id: UUID) -> Response:
        """The card; another person's is not found."""
        return Response(CardView(cards.get(person_of(request), card_id)).data)
