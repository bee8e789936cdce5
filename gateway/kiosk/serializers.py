"""How kiosks speak with the house: what they send, what they are told."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from gateway.kiosk.models.fleet import KEY_ALGORITHMS
from gateway.topup.serializers import AidField, Answers, ScriptView, StepView, StrictInteger

CARD_NO = r"^[0-9]{19}$"
MOST_RECORDS = 200
_RECORD_KINDS = ("note", "load", "doubt")


class NewKey(serializers.Serializer[Any]):
    """A public key (PEM) and its algorithm; the request is signed with its private half too."""

    algorithm = serializers.ChoiceField(choices=KEY_ALGORITHMS)
    public_pem = serializers.CharField(max_length=2_000, trim_whitespace=False)


class EnrolWish(NewKey):
    """The one-time code an officer gave to whoever sets the machine up."""

    code = serializers.CharField(max_length=64)


class KeyView(serializers.Serializer[Any]):
    """The key as it was taken; its id is what signatures name from now on."""

    kiosk = serializers.CharField()
    key_id = serializers.CharField()
    expires_at = serializers.DateTimeField()


class ParametersView(serializers.Serializer[Any]):
    """What the kiosk works by; all money in fen."""

    cash_per_card_and_day_fen = serializers.IntegerField(allow_null=True)
    notes_fen = serializers.ListField(child=serializers.IntegerField())
    offered_fen = serializers.ListField(child=serializers.IntegerField())
    gives_change = serializers.BooleanField()
    heartbeat_seconds = serializers.IntegerField()
    session_seconds = serializers.IntegerField()
    records_per_call = serializers.IntegerField()
    clock_skew_seconds = serializers.IntegerField()
    rule_profile = serializers.CharField()


class SignedOnView(serializers.Serializer[Any]):
    """A session: its work key (64 hex digits), parameters and versions."""

    session_id = serializers.UUIDField()
    work_key = serializers.CharField()
    parameters = ParametersView()
    parameters_version = serializers.CharField()
    list_version = serializers.IntegerField()
    next_record = serializers.IntegerField()
    stopped = serializers.BooleanField()
    now = serializers.DateTimeField()


class SignedOffView(serializers.Serializer[Any]):
    """Whether a session ended by it."""

    ended = serializers.BooleanField()


class ListEntry(serializers.Serializer[Any]):
    """A card by the first 32 hex digits of the SHA-256 of its 20 digits."""

    card_digest = serializers.CharField()
    act = serializers.ChoiceField(choices=("listed", "delisted", "renewed"))


class CardListView(serializers.Serializer[Any]):
    """What changed since the version named; ask again from `version` while there is `more`."""

    version = serializers.IntegerField()
    more = serializers.BooleanField()
    entries = ListEntry(many=True)


class HeartbeatWish(serializers.Serializer[Any]):
    """What a kiosk says of itself."""

    version = serializers.CharField(max_length=32)
    paper = serializers.ChoiceField(choices=("full", "low", "out"))
    cash_fen = StrictInteger(min_value=0)
    notes = StrictInteger(min_value=0)
    error_codes = serializers.ListField(
        child=serializers.RegexField(r"^[A-Za-z0-9._-]{1,32}$"), max_length=32
    )
    waiting_records = StrictInteger(min_value=0)
    said_at = serializers.DateTimeField()


class HeartbeatView(serializers.Serializer[Any]):
    """What the kiosk should know: whether it is stopped, and the newest versions."""

    stopped = serializers.BooleanField()
    parameters_version = serializers.CharField()
    list_version = serializers.IntegerField()
    now = serializers.DateTimeField()


class PresentedCard(serializers.Serializer[Any]):
    """The card that is presented: the number printed on it, and what it answered to."""

    card_no = serializers.RegexField(CARD_NO)
    aid = AidField()


class OpenOrder(serializers.Serializer[Any]):
    """A paid order that waits for this card."""

    id = serializers.UUIDField()
    amount_fen = serializers.IntegerField()
    paid_at = serializers.DateTimeField()


class PresentedView(serializers.Serializer[Any]):
    """What can be done with the card; `repair_first`: nothing before its half record is settled."""

    repair_first = serializers.BooleanField()
    orders = OpenOrder(many=True)


class IntakeView(serializers.Serializer[Any]):
    """An open slot: how much cash this card may bring now, in which notes."""

    intake_id = serializers.UUIDField()
    most_fen = serializers.IntegerField()
    notes_fen = serializers.ListField(child=serializers.IntegerField())


class NoteWish(serializers.Serializer[Any]):
    """One note that fell: its number in the kiosk's journal, its value, when, into which box."""

    number = StrictInteger(min_value=1)
    intake_id = serializers.UUIDField()
    box = serializers.CharField(max_length=64)
    value_fen = StrictInteger(min_value=100, max_value=10_000)
    said_at = serializers.DateTimeField()


class NotesWish(serializers.Serializer[Any]):
    """Notes, in any order, as often as the kiosk likes; days later too."""

    notes = NoteWish(many=True, max_length=MOST_RECORDS)  # type: ignore[call-arg]


class NotesView(serializers.Serializer[Any]):
    """How many of them are kept now; all, or the request was refused."""

    kept = serializers.IntegerField()


class CashLoadWish(PresentedCard):
    """An intake becomes an order of this card and its load is opened."""

    intake_id = serializers.UUIDField()
    notes = NoteWish(many=True, max_length=MOST_RECORDS, required=False)  # type: ignore[call-arg]


class LoadWish(PresentedCard):
    """A paid order that waits for this card is loaded."""

    order_id = serializers.UUIDField()


class LoadView(ScriptView):
    """A load that waits for its challenge, and the address its receipt's QR carries."""

    order_id = serializers.UUIDField()
    amount_fen = serializers.IntegerField()
    receipt_url = serializers.URLField()


class ScanWish(PresentedCard):
    """An amount to be paid by scanning the code on the kiosk's screen."""

    amount_fen = StrictInteger(min_value=1, max_value=500_000)


class ScanView(serializers.Serializer[Any]):
    """What the one code for every wallet carries; ask for the order until it is paid."""

    order_id = serializers.UUIDField()
    url = serializers.URLField()
    expires_at = serializers.DateTimeField()


class OrderView(serializers.Serializer[Any]):
    """How far an order has come."""

    order_id = serializers.UUIDField()
    state = serializers.CharField()
    amount_fen = serializers.IntegerField()


class ProofWish(Answers):
    """What the card answered to CREDIT, with its number in the kiosk's journal; days later too."""

    number = StrictInteger(min_value=1)
    said_at = serializers.DateTimeField()


class ReceiptView(serializers.Serializer[Any]):
    """What is printed: lines of text in Chinese, the number of the order or of the cash that is
    none, and what the QR carries."""

    order_no = serializers.CharField()
    lines = serializers.ListField(child=serializers.CharField())
    qr = serializers.URLField()


class ProofView(serializers.Serializer[Any]):
    """What became of the load."""

    outcome = serializers.CharField()
    new_balance_fen = serializers.IntegerField(allow_null=True)
    why_zh = serializers.CharField()
    why_en = serializers.CharField()
    receipt = ReceiptView()


class BoxView(serializers.Serializer[Any]):
    """The box in place; its label stands on the pay-in slip."""

    box = serializers.CharField()
    opened_at = serializers.DateTimeField()


class RecordWish(serializers.Serializer[Any]):
    """One line of the kiosk's journal."""

    number = StrictInteger(min_value=1)
    kind = serializers.ChoiceField(choices=_RECORD_KINDS)
    amount_fen = StrictInteger(min_value=1)
    ref = serializers.UUIDField()


class Tally(serializers.Serializer[Any]):
    """Counts and sums of a range of records, and its digest under the work key."""

    notes = StrictInteger(min_value=0)
    notes_fen = StrictInteger(min_value=0)
    loads = StrictInteger(min_value=0)
    loads_fen = StrictInteger(min_value=0)
    doubts = StrictInteger(min_value=0)
    doubts_fen = StrictInteger(min_value=0)
    digest = serializers.RegexField(r"^[0-9a-f]{64}$")


class SettlementWish(Tally):
    """The kiosk's day: the records it settles and what they come to; all lines when it differs."""

    day = serializers.DateField()
    first = StrictInteger(min_value=1)
    last = StrictInteger(min_value=0)
    records = RecordWish(many=True, required=False)


class DifferenceView(serializers.Serializer[Any]):
    """One record in which both sides differ."""

    number = serializers.IntegerField()
    kind = serializers.CharField()


class SettlementView(serializers.Serializer[Any]):
    """Whether both sides agree; `send_records`: say the same again with every line."""

    settlement_id = serializers.UUIDField()
    state = serializers.CharField()
    ours = Tally()
    send_records = serializers.BooleanField()
    differences = DifferenceView(many=True)


__all__ = ["Answers", "ScriptView", "StepView"]
