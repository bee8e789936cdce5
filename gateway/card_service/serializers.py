"""How card services look on the wire."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from gateway.card_service.models import Departure, ListEntry, LossReport, Naming, Part
from gateway.topup.serializers import ScriptView

_BANK_ACCOUNT = r"^[0-9A-Za-z][0-9A-Za-z-]{3,33}$"


class NamingScriptView(ScriptView):
    """Commands that let the card be shown; nothing is written to it. `id` is the registration."""


class NamingView(serializers.ModelSerializer[Naming]):
    """A registration in one's own name: asked, or confirmed."""

    class Meta:
        model = Naming
        fields = ("id", "card_id", "state", "asked_at", "confirmed_at")
        read_only_fields = fields


class LossView(serializers.ModelSerializer[LossReport]):
    """A loss report: reported, in_force (after `in_force_at`), lifted, or settled."""

    class Meta:
        model = LossReport
        fields = ("id", "card_id", "state", "reported_at", "in_force_at")
        read_only_fields = fields


class RenewalView(serializers.ModelSerializer[ListEntry]):
    """How long the card is good again, and the version of the list that says so."""

    class Meta:
        model = ListEntry
        fields = ("version", "since", "until")
        read_only_fields = fields


class PartView(serializers.ModelSerializer[Part]):
    """One way that money goes: claim (to the new card), original, bank or cash.

    `goes_as` of a claim is the top-up to load.
    """

    class Meta:
        model = Part
        fields = ("way", "amount_fen", "state", "goes_as")
        read_only_fields = fields


class DepartureView(serializers.ModelSerializer[Departure]):
    """A replacement, migration or redemption. The balance moves not before `moves_at`."""

    parts = PartView(many=True, read_only=True)

    class Meta:
        model = Departure
        fields = (
            "id", "kind", "why", "card_id", "new_card_id", "state", "asked_at", "moves_at",
            "moved_at", "amount_fen", "parts",
        )  # fmt: skip
        read_only_fields = fields


class ReplacementWish(serializers.Serializer[Any]):
    """Which card takes over, and what became of the old one."""

    new_card_id = serializers.UUIDField()
    why = serializers.ChoiceField(choices=["lost", "unreadable", "expired"])


class MigrationScriptView(ScriptView):
    """Commands that let the old card be shown; nothing is written to it. `id` is the migration."""


class MigrationWish(serializers.Serializer[Any]):
    """Which card takes over."""

    new_card_id = serializers.UUIDField()


class PayeeWish(serializers.Serializer[Any]):
    """An account of one's own."""

    account_no = serializers.RegexField(_BANK_ACCOUNT, max_length=34)
    name = serializers.CharField(max_length=120)
    bank_name = serializers.CharField(max_length=120, required=False, default="")


class RedemptionWish(serializers.Serializer[Any]):
    """What became of the card, and an account for what cannot go back the way it came."""

    why = serializers.ChoiceField(choices=["lost", "given_up"])
    payee = PayeeWish(required=False, allow_null=True, default=None)
