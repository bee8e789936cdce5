"""How bank entries are read: rules that recognise them, the reading of each, and 查清."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.db.models import Q


class RecognitionRule(models.Model):
    """By what one kind of entry is known on an account; the first by `place` that fits counts.

    `terms` are data of the kind, `counterparty` and `words` regular expressions that must be found
    in the counterparty's number or name, and in summary, remark or the bank's kind.
    """

    id = models.UUIDField(primary_key=True, editable=False)
    account = models.ForeignKey(
        "custody_bank.CustodyAccount", on_delete=models.PROTECT, related_name="+"
    )
    name = models.CharField(max_length=40)
    place = models.IntegerField()
    kind = models.CharField(max_length=24)
    side = models.CharField(max_length=3)
    counterparty = models.CharField(max_length=200)
    words = models.CharField(max_length=200)
    terms = models.JSONField(encoder=DjangoJSONEncoder)
    put_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=("account", "name"),
                condition=Q(ended_at__isnull=True),
                name="custody_bank_rule_has_one_name",
            ),
        )

    def __str__(self) -> str:
        return f"rule {self.name}"


class Reading(models.Model):
    """What one bank entry was understood to be when it was booked; append-only, one per entry."""

    entry = models.OneToOneField(
        "custody_bank.BankEntry", on_delete=models.PROTECT, primary_key=True, related_name="reading"
    )
    pool = models.IntegerField()
    kind = models.CharField(max_length=24)
    instruction = models.ForeignKey(
        "custody_bank.Instruction", on_delete=models.PROTECT, null=True, related_name="readings"
    )
    undoes = models.OneToOneField(
        "custody_bank.BankEntry", on_delete=models.PROTECT, null=True, related_name="undone_by"
    )
    rule = models.ForeignKey(
        RecognitionRule, on_delete=models.PROTECT, null=True, related_name="readings"
    )
    facts = models.JSONField(encoder=DjangoJSONEncoder)
    read_at = models.DateTimeField()

    class Meta:
        indexes = (models.Index(fields=("pool", "kind"), name="custody_bank_readings_of"),)

    def __str__(self) -> str:
        return f"{self.kind} {self.entry_id}"


class Understanding(models.Model):
    """What two officers say an unclear entry was (查清); its id is that of its approval."""

    MOVES: ClassVar[Mapping[str, frozenset[str]]] = {
        "asked": frozenset({"done", "refused", "expired"}),
        "done": frozenset(),
        "refused": frozenset(),
        "expired": frozenset(),
    }
    TRAIL_KIND: ClassVar[str] = "understanding"

    id = models.UUIDField(primary_key=True, editable=False)
    pool = models.IntegerField()
    entry = models.ForeignKey(
        "custody_bank.BankEntry", on_delete=models.PROTECT, related_name="understandings"
    )
    as_kind = models.CharField(max_length=32)
    as_owner = models.CharField(max_length=200)
    amount_fen = models.BigIntegerField()
    own_account = models.ForeignKey(
        "custody_bank.CustodyAccount", on_delete=models.PROTECT, null=True, related_name="+"
    )
    because = models.CharField(max_length=200)
    maker = models.ForeignKey("accounts.Person", on_delete=models.PROTECT, related_name="+")
    state = models.CharField(max_length=16, default="asked")
    asked_at = models.DateTimeField()
    expires_at = models.DateTimeField()

    class Meta:
        constraints = (
            models.CheckConstraint(
                condition=Q(amount_fen__gt=0), name="custody_bank_understanding_is_positive"
            ),
        )

    def __str__(self) -> str:
        return f"understanding of {self.entry_id} ({self.state})"


class StatementCorrection(models.Model):
    """A bank's second word on a statement it had told before; its id is that of its approval.

    What was told first stays; `differences` lists every entry that the second word adds, drops or
    tells otherwise. Accepted by two officers, each becomes an entry of its own.
    """

    MOVES: ClassVar[Mapping[str, frozenset[str]]] = {
        "asked": frozenset({"accepted", "refused", "expired"}),
        "accepted": frozenset(),
        "refused": frozenset(),
        "expired": frozenset(),
    }
    TRAIL_KIND: ClassVar[str] = "statement_correction"

    id = models.UUIDField(primary_key=True, editable=False)
    pool = models.IntegerField()
    file = models.ForeignKey(
        "custody_bank.StatementFile", on_delete=models.PROTECT, related_name="corrections"
    )
    account = models.ForeignKey(
        "custody_bank.CustodyAccount", on_delete=models.PROTECT, related_name="+"
    )
    differences = models.JSONField(encoder=DjangoJSONEncoder)
    because = models.CharField(max_length=200)
    maker = models.ForeignKey("accounts.Person", on_delete=models.PROTECT, related_name="+")
    state = models.CharField(max_length=16, default="asked")
    asked_at = models.DateTimeField()
    expires_at = models.DateTimeField()

    class Meta:
        indexes = (models.Index(fields=("account", "state"), name="custody_bank_corrections_of"),)

    def __str__(self) -> str:
        return f"correction of statements of {self.account_id} ({self.state})"


class Ending(models.Model):
    """What two officers say that money gone was; its id is that of its approval.

    `due_fen` is what own money still owed of it when it was asked; the rest it had covered.
    """

    MOVES: ClassVar[Mapping[str, frozenset[str]]] = {
        "asked": frozenset({"done", "refused", "expired"}),
        "done": frozenset(),
        "refused": frozenset(),
        "expired": frozenset(),
    }
    TRAIL_KIND: ClassVar[str] = "ending"

    id = models.UUIDField(primary_key=True, editable=False)
    pool = models.IntegerField()
    entry = models.ForeignKey(
        "custody_bank.BankEntry", on_delete=models.PROTECT, related_name="endings"
    )
    truth = models.CharField(max_length=12)
    instruction = models.ForeignKey(
        "custody_bank.Instruction", on_delete=models.PROTECT, null=True, related_name="+"
    )
    credited = models.ForeignKey(
        "custody_bank.BankEntry", on_delete=models.PROTECT, null=True, related_name="+"
    )
    amount_fen = models.BigIntegerField()
    due_fen = models.BigIntegerField()
    because = models.CharField(max_length=200)
    maker = models.ForeignKey("accounts.Person", on_delete=models.PROTECT, related_name="+")
    state = models.CharField(max_length=16, default="asked")
    asked_at = models.DateTimeField()
    expires_at = models.DateTimeField()

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=("entry",),
                condition=Q(state__in=("asked", "done")),
                name="custody_bank_ended_once",
            ),
            models.CheckConstraint(
                condition=(
                    Q(truth="borne", instruction=None, credited=None)
                    | Q(truth="ours", instruction__isnull=False, credited=None)
                    | Q(truth="corrected", instruction=None, credited__isnull=False)
                ),
                name="custody_bank_ending_is_one_truth",
            ),
            models.CheckConstraint(
                condition=Q(due_fen__gte=0, due_fen__lte=models.F("amount_fen")),
                name="custody_bank_ending_is_whole",
            ),
        )

    def __str__(self) -> str:
        return f"ending of {self.entry_id} ({self.state})"
