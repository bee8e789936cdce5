"""How deposits look on the wire."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from gateway.channels.port import Product
from gateway.deposits.models import Deposit
from gateway.topup.serializers import PaymentView


class DepositWish(serializers.Serializer[Any]):
    """How it is paid; its amount is the operator's."""

    channel = serializers.CharField(max_length=20)
    scene = serializers.ChoiceField(choices=[product.value for product in Product])
    payer_openid = serializers.CharField(max_length=128, required=False, default="")


class DepositView(serializers.ModelSerializer[Deposit]):
    """A deposit: held apart from the card's balance, due once the card comes in, returned."""

    class Meta:
        model = Deposit
        fields = (
            "id", "card_id", "state", "amount_fen", "paid_by", "placed_at", "held_at", "due_at",
            "returned_at",
        )  # fmt: skip
        read_only_fields = fields


class PlacedDepositView(serializers.Serializer[Any]):
    """A deposit with the payment it waits for."""

    deposit = DepositView()
    payment = PaymentView()


class DepositOfCardView(serializers.Serializer[Any]):
    """What the operator takes with a card (0 is none), and this card's newest deposit.

    `back_for` are the returns of a card for which it goes back; `payments` are your own.
    """

    amount_fen = serializers.IntegerField()
    back_for = serializers.ListField(child=serializers.CharField())
    deposit = DepositView(allow_null=True)
    payments = PaymentView(many=True)
