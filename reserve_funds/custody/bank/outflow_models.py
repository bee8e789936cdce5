"""Outflows as rows: what officers ask for, within which limits, and the instructions to banks."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from django.db import models
from django.db.models import F, Q

from reserve_funds.ledger.values import Ref


class OutflowLimit(models.Model):
    """Up to what amount one checker is enough, for a pool (None: all) and purpose; append-only.

    Its id is that of the approval it rests on; the newest one counts.
    """

    id = models.UUIDField(primary_key=True, editable=False)
    pool = models.IntegerField(null=True)
    purpose = models.CharField(max_length=32)
    one_checker_most_fen = models.BigIntegerField()
    since = models.DateTimeField()

    class Meta:
        constraints = (
            models.CheckConstraint(
                condition=Q(one_checker_most_fen__gte=0), name="custody_bank_limit_is_an_amount"
            ),
        )
        indexes = (models.Index(fields=("purpose", "pool"), name="custody_bank_limit_of"),)

    def __str__(self) -> str:
        return f"limit of {self.purpose}"


class OutflowRequest(models.Model):
    """What one officer asks to be paid out of the reserve; its id is that of its approval.

    `second_id` is the approval of a second checker, where the amount needs one.
    """

    MOVES: ClassVar[Mapping[str, frozenset[str]]] = {
        "asked": frozenset({"approved", "refused", "withdrawn", "expired"}),
        "approved": frozenset(),
        "refused": frozenset(),
        "withdrawn": frozenset(),
        "expired": frozenset(),
    }
    TRAIL_KIND: ClassVar[str] = "outflow"

    id = models.UUIDField(primary_key=True, editable=False)
    pool = models.IntegerField()
    purpose = models.CharField(max_length=32)
    code = models.CharField(max_length=48)
    account = models.ForeignKey(
        "custody_bank.CustodyAccount", on_delete=models.PROTECT, related_name="+"
    )
    route = models.CharField(max_length=16)
    amount_fen = models.BigIntegerField()
    maker = models.ForeignKey("accounts.Person", on_delete=models.PROTECT, related_name="+")
    second_id = models.UUIDField(null=True, unique=True)
    because = models.CharField(max_length=200)
    state = models.CharField(max_length=16, default="asked")
    asked_at = models.DateTimeField()
    expires_at = models.DateTimeField()

    class Meta:
        constraints = (
            models.CheckConstraint(
                condition=Q(amount_fen__gt=0), name="custody_bank_request_is_positive"
            ),
            models.CheckConstraint(
                condition=Q(second_id__isnull=True) | ~Q(second_id=F("id")),
                name="custody_bank_request_has_two_different_checks",
            ),
        )
        indexes = (models.Index(fields=("pool", "state"), name="custody_bank_requests_of"),)

    def __str__(self) -> str:
        return f"outflow {self.id} ({self.purpose}, {self.state})"


class Instruction(models.Model):
    """One payment that a bank is told to make, by a number fixed when it was asked for.

    A bank's word (`said`, `bank_no`, `reason`) moves no money: `paid` comes from a statement.
    `not_instructed` is two officers' word that it never reached the bank (`Declaration`).
    """

    MOVES: ClassVar[Mapping[str, frozenset[str]]] = {
        "asked": frozenset({"ready", "dropped"}),
        "ready": frozenset({"sent", "dropped"}),
        "sent": frozenset({"paid", "rejected", "not_instructed"}),
        "paid": frozenset({"returned"}),
        "rejected": frozenset(),
        "not_instructed": frozenset({"paid"}),
        "returned": frozenset(),
        "dropped": frozenset(),
    }
    TRAIL_KIND: ClassVar[str] = "instruction"

    id = models.UUIDField(primary_key=True, editable=False)
    request = models.ForeignKey(
        OutflowRequest, on_delete=models.PROTECT, related_name="instructions"
    )
    number = models.CharField(max_length=16, unique=True)
    pool = models.IntegerField()
    account = models.ForeignKey(
        "custody_bank.CustodyAccount", on_delete=models.PROTECT, related_name="+"
    )
    purpose = models.CharField(max_length=32)
    code = models.CharField(max_length=48)
    source_kind = models.CharField(max_length=32)
    source_owner = models.CharField(max_length=200)
    payee_no = models.CharField(max_length=40)
    payee_name = models.CharField(max_length=120)
    payee_bank_code = models.CharField(max_length=12)
    payee_bank_name = models.CharField(max_length=120)
    payee_account = models.ForeignKey(
        "custody_bank.CustodyAccount", on_delete=models.PROTECT, null=True, related_name="+"
    )
    amount_fen = models.BigIntegerField()
    remark = models.CharField(max_length=60)
    route = models.CharField(max_length=16)
    state = models.CharField(max_length=16, default="asked")
    asked_at = models.DateTimeField()
    sent_at = models.DateTimeField(null=True)
    said = models.CharField(max_length=12, default="")
    bank_no = models.CharField(max_length=80, default="")
    reason = models.CharField(max_length=200, default="")

    class Meta:
        constraints = (
            models.CheckConstraint(
                condition=Q(number__regex=r"^[0-9A-Z]{8,16}$"),
                name="custody_bank_instruction_number_is_safe",
            ),
            models.CheckConstraint(
                condition=Q(amount_fen__gt=0), name="custody_bank_instruction_is_positive"
            ),
            models.CheckConstraint(
                condition=Q(state__in=("asked", "ready", "dropped")) | Q(sent_at__isnull=False),
                name="custody_bank_instruction_was_sent_at_a_moment",
            ),
        )
        indexes = (
            models.Index(
                fields=("state", "id"),
                condition=Q(state__in=("ready", "sent")),
                name="custody_bank_on_the_way",
            ),
            models.Index(fields=("request",), name="custody_bank_of_request"),
        )

    def __str__(self) -> str:
        return f"instruction {self.number} ({self.state})"

    @property
    def source(self) -> Ref:
        """The account of the book that pays."""
        return Ref(kind=self.source_kind, owner=self.source_owner)

    @property
    def in_transit(self) -> Ref:
        """在途付款 of this instruction."""
        return Ref(kind="bank_out_in_transit", owner=str(self.id))


class Denial(models.Model):
    """A day on which the bank, asked about a sent instruction, had no such number; append-only."""

    id = models.BigAutoField(primary_key=True)
    instruction = models.ForeignKey(Instruction, on_delete=models.PROTECT, related_name="denials")
    day = models.DateField()
    said_at = models.DateTimeField()

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=("instruction", "day"), name="custody_bank_denial_is_once_a_day"
            ),
        )

    def __str__(self) -> str:
        return f"no such number on {self.day}"


class Patience(models.Model):
    """On how many days a bank must have said so before officers may declare it; append-only.

    For a pool (None: all). Its id is that of the approval it rests on; the newest one counts.
    """

    id = models.UUIDField(primary_key=True, editable=False)
    pool = models.IntegerField(null=True)
    days = models.IntegerField()
    since = models.DateTimeField()

    class Meta:
        constraints = (
            models.CheckConstraint(
                condition=Q(days__gte=1, days__lte=60), name="custody_bank_patience_is_some_days"
            ),
        )

    def __str__(self) -> str:
        return f"{self.days} days"


class Declaration(models.Model):
    """Two officers say that a sent instruction never reached its bank; its id is its approval's.

    `undoing` are the approvals, asked and given with it, by which its money goes out again should
    a statement show that it was paid after all: one for each leg.
    """

    MOVES: ClassVar[Mapping[str, frozenset[str]]] = {
        "asked": frozenset({"done", "refused", "expired"}),
        "done": frozenset(),
        "refused": frozenset(),
        "expired": frozenset(),
    }
    TRAIL_KIND: ClassVar[str] = "declaration"

    id = models.UUIDField(primary_key=True, editable=False)
    pool = models.IntegerField()
    instruction = models.ForeignKey(
        Instruction, on_delete=models.PROTECT, related_name="declarations"
    )
    undoing = models.JSONField()
    because = models.CharField(max_length=200)
    maker = models.ForeignKey("accounts.Person", on_delete=models.PROTECT, related_name="+")
    state = models.CharField(max_length=16, default="asked")
    asked_at = models.DateTimeField()
    expires_at = models.DateTimeField()

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=("instruction",),
                condition=Q(state__in=("asked", "done")),
                name="custody_bank_declared_once",
            ),
        )

    def __str__(self) -> str:
        return f"declaration of {self.instruction_id} ({self.state})"
