"""How the conversation with a wallet provider looks on the wire."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rest_framework import serializers

from gateway.topup.serializers import (
    LONGEST_ANSWER_HEX,
    MOST_ANSWERS,
    AidField,
    StepView,
    StrictInteger,
)
from nfc_topup import loading
from nfc_topup.card.purse import Challenge

_CARD_NO = r"^[0-9]{19}$"


def _hex(length: int, told: str) -> serializers.RegexField:
    pattern = f"^[0-9A-Fa-f]{{{2 * length}}}$"
    return serializers.RegexField(pattern, help_text=f"{told}, {length} bytes in hex")


class WalletOrderWish(serializers.Serializer[Any]):
    """Which provider's wallet shall fetch the top-up."""

    provider = serializers.RegexField(r"^[a-z0-9][a-z0-9-]{1,31}$")


class WalletOrderView(serializers.Serializer[Any]):
    """The order's number and the fields of the wallet's app call, all text, as they are sent."""

    order_no = serializers.CharField()
    provider = serializers.CharField()
    call = serializers.DictField(child=serializers.CharField())


class FetchWish(serializers.Serializer[Any]):
    """The card in the phone that the load is for."""

    card_no = serializers.RegexField(_CARD_NO)
    aid = AidField()


class EvidenceWish(serializers.Serializer[Any]):
    """What the wallet saw the card answer to."""

    aid = AidField()


class InitializeView(serializers.Serializer[Any]):
    """INITIALIZE FOR LOAD in parts, for a wallet that builds its own commands."""

    aid = serializers.CharField()
    key_index = serializers.IntegerField()
    amount_fen = serializers.IntegerField()
    terminal = serializers.CharField(help_text="6 bytes in hex, new for each load")


class FetchedView(serializers.Serializer[Any]):
    """A load that waits for its challenge until `expires_at`."""

    order_no = serializers.CharField()
    load_id = serializers.UUIDField()
    amount_fen = serializers.IntegerField()
    expires_at = serializers.DateTimeField()
    script = StepView(many=True)
    initialize = InitializeView()


class InitializeAnswer(serializers.Serializer[Any]):
    """The card's answer to INITIALIZE FOR LOAD in parts, each exactly as the card sent it."""

    balance = _hex(4, "old balance with every bit")
    counter = _hex(2, "online counter")
    key_version = _hex(1, "key version")
    algorithm = _hex(1, "algorithm")
    random = _hex(4, "card random")
    mac1 = _hex(4, "MAC1")


class AnswersField(serializers.ListField):
    """What the card answered, one entry a command: data and status word in hex, or TORN."""

    def __init__(self, **options: Any) -> None:
        child = serializers.CharField(max_length=LONGEST_ANSWER_HEX)
        super().__init__(child=child, max_length=MOST_ANSWERS, **options)


class ChallengeWish(serializers.Serializer[Any]):
    """The challenge, either as the script's `answers` or in parts as `initialize`."""

    card_no = serializers.RegexField(_CARD_NO)
    amount_fen = StrictInteger(min_value=1)
    answers = AnswersField(required=False)
    initialize = InitializeAnswer(required=False)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Exactly one of the two forms."""
        if ("answers" in attrs) == ("initialize" in attrs):
            raise serializers.ValidationError("either answers or initialize")
        return attrs


class CreditView(serializers.Serializer[Any]):
    """CREDIT FOR LOAD with its MAC2: the only command to send next."""

    order_no = serializers.CharField()
    load_id = serializers.UUIDField()
    script = StepView(many=True)


class ResultWish(serializers.Serializer[Any]):
    """What became of it: the TAC, or the script's `answers`; neither means that nobody knows."""

    status = serializers.RegexField(
        r"^[!-~]{1,32}$", help_text="your own word for it, kept as it is; it decides nothing"
    )
    tac = serializers.RegexField(r"^[0-9A-Fa-f]{8}$", required=False, allow_null=True)
    answers = AnswersField(required=False)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """At most one of the two forms."""
        if "answers" in attrs and "tac" in attrs:
            raise serializers.ValidationError("either answers or tac")
        return attrs


class LoadStanding(serializers.Serializer[Any]):
    """One load of the order."""

    load_id = serializers.UUIDField()
    state = serializers.CharField()


class StandingView(serializers.Serializer[Any]):
    """Where an order stands; `state` is the top-up's, loads are told oldest first."""

    order_no = serializers.CharField()
    card_no = serializers.CharField()
    amount_fen = serializers.IntegerField()
    state = serializers.CharField()
    loads = LoadStanding(many=True)


def challenge_in(said: Mapping[str, Any]) -> list[str] | Challenge:
    """The challenge in whichever form it came."""
    if "initialize" in said:
        return loading.challenge_of(**said["initialize"])
    return list(said["answers"])


def result_in(said: Mapping[str, Any]) -> list[str]:
    """The answer to CREDIT in whichever form it came."""
    if "answers" in said:
        return list(said["answers"])
    return loading.credit_answers(said.get("tac"))
