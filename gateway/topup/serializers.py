"""How top-ups and the talk with a card look on the wire."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rest_framework import serializers

from gateway.channels.port import Product
from gateway.payments.models import Payment
from gateway.topup.models import TopUp
from gateway.topup.scanning import ANY

LONGEST_ANSWER_HEX = 2 * 258
MOST_ANSWERS = 40


class StrictInteger(serializers.IntegerField):
    """A JSON integer; text, floats and booleans are refused, so that fen stay fen."""

    def to_internal_value(self, data: Any) -> int:
        """The integer itself."""
        if type(data) is not int:
            self.fail("invalid")
        return super().to_internal_value(data)


class TopupWish(serializers.Serializer[Any]):
    """What a citizen wishes: which card, how much, paid how.

    `channel` "any" gives one code for every wallet; whoever scans it chooses, and no scene is said.
    """

    card_id = serializers.UUIDField()
    amount_fen = StrictInteger(min_value=1, max_value=500_000)
    channel = serializers.CharField(max_length=20)
    scene = serializers.ChoiceField(
        choices=[product.value for product in Product], required=False, default=""
    )
    payer_openid = serializers.CharField(max_length=128, required=False, default="")

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """A channel that is named is used in a scene that is named."""
        if attrs["channel"] != ANY and not attrs["scene"]:
            raise serializers.ValidationError({"scene": "required unless the channel is any"})
        return attrs


class FormView(serializers.Serializer[Any]):
    """A form for the payer's browser to post: where, and every field as it is."""

    action = serializers.URLField()
    fields = serializers.DictField(child=serializers.CharField())  # type: ignore[assignment]


class OfferView(serializers.Serializer[Any]):
    """What the payer's device needs: code_url, h5_url, form, or prepay_id with its values."""

    code_url = serializers.CharField(required=False)
    h5_url = serializers.CharField(required=False)
    form = FormView(required=False)
    prepay_id = serializers.CharField(required=False)
    client_params = serializers.DictField(child=serializers.CharField(), required=False)


class PaymentView(serializers.ModelSerializer[Payment]):
    """A payment: what the payer's device needs, and how far it has come."""

    offer = OfferView(read_only=True, allow_null=True)

    class Meta:
        model = Payment
        fields = (
            "id",
            "channel",
            "scene",
            "state",
            "wish_fen",
            "paid_fen",
            "paid_at",
            "expires_at",
            "offer",
            "order_no",
        )
        read_only_fields = fields


class TopupView(serializers.ModelSerializer[TopUp]):
    """A top-up; its payments are given where one is looked at by itself."""

    class Meta:
        model = TopUp
        fields = (
            "id",
            "card_id",
            "amount_fen",
            "state",
            "placed_at",
            "paid_at",
            "loaded_at",
            "return_at",
        )
        read_only_fields = fields


class CodeView(serializers.Serializer[Any]):
    """The address that the one code for every wallet carries, and until when it serves."""

    url = serializers.URLField()
    expires_at = serializers.DateTimeField()


class HintView(serializers.Serializer[Any]):
    """What the citizen should know or do now; `code` is stable."""

    code = serializers.CharField()
    zh = serializers.CharField()
    en = serializers.CharField()


class WholeTopupView(TopupView):
    """A top-up by itself: its payments, oldest first, its code while it serves, what to do next."""

    payments = PaymentView(many=True, read_only=True)
    code = CodeView(read_only=True, allow_null=True)
    hints = HintView(many=True, read_only=True)

    class Meta(TopupView.Meta):
        fields = (*TopupView.Meta.fields, "payments", "code", "hints")  # type: ignore[assignment]
        read_only_fields = fields  # type: ignore[assignment]


class TopupPage(serializers.Serializer[Any]):
    """A page of top-ups, newest first, and the addresses of its neighbours."""

    next = serializers.URLField(allow_null=True)
    previous = serializers.URLField(allow_null=True)
    results = TopupView(many=True)


class RefundView(serializers.Serializer[Any]):
    """Money on its way back."""

    id = serializers.UUIDField()
    amount_fen = serializers.IntegerField()
    state = serializers.CharField()


class AidField(serializers.RegexField):
    """An application identifier in hex, 5 to 16 bytes, as the client saw the card answer to it."""

    def __init__(self) -> None:
        super().__init__(
            r"^(?:[0-9A-Fa-f]{2}){5,16}$",
            required=False,
            help_text="the application identifier (hex) that the card answered to",
        )


class OpenWish(serializers.Serializer[Any]):
    """What a client may say of the card when it opens a load."""

    aid = AidField()


class Answers(serializers.Serializer[Any]):
    """What the card answered, one entry a command: data and status word in hex, or TORN."""

    answers = serializers.ListField(
        child=serializers.CharField(max_length=LONGEST_ANSWER_HEX), max_length=MOST_ANSWERS
    )


class StepView(serializers.Serializer[Any]):
    """One command for the card."""

    apdu = serializers.CharField(source="apdu_hex")
    meaning = serializers.CharField()
    expect = serializers.CharField()


class ScriptView(serializers.Serializer[Any]):
    """Commands to send to the card in this order, nothing between them."""

    id = serializers.UUIDField()
    script = StepView(many=True)


class VerdictView(serializers.Serializer[Any]):
    """What the card's evidence says of the load."""

    outcome = serializers.CharField()
    tac = serializers.CharField(allow_null=True)
    new_balance_fen = serializers.IntegerField(allow_null=True)
    counter = serializers.IntegerField(allow_null=True)
    why_zh = serializers.CharField()
    why_en = serializers.CharField()


class StoryEntry(serializers.Serializer[Any]):
    """One thing that happened to the money."""

    at = serializers.DateTimeField()
    what = serializers.CharField()
    id = serializers.UUIDField()
    state = serializers.CharField()
    because = serializers.CharField()


class TransferView(serializers.Serializer[Any]):
    """One transfer of the reserve ledger."""

    id = serializers.UUIDField()
    act = serializers.CharField(source="act.name")
    code = serializers.CharField()
    debit = serializers.CharField(source="debit.kind")
    credit = serializers.CharField(source="credit.kind")
    amount_fen = serializers.IntegerField()
    business_day = serializers.DateField()


class StoryView(serializers.Serializer[Any]):
    """Where the money is: what happened, the transfers that prove it, and what to do next."""

    hints = HintView(many=True)
    story = StoryEntry(many=True)
    transfers = TransferView(many=True)


def aid_in(said: Mapping[str, Any]) -> bytes | None:
    """The AID of what was said, None when none was."""
    return bytes.fromhex(said["aid"]) if "aid" in said else None
