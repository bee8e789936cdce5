"""Custody accounts, the statement files taken for them, and every entry a bank has booked."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q

from reserve_funds.custody.bank.booking_models import (
    Ending,
    Reading,
    RecognitionRule,
    StatementCorrection,
    Understanding,
)
from reserve_funds.custody.bank.outflow_models import (
    Declaration,
    Denial,
    Instruction,
    OutflowLimit,
    OutflowRequest,
    Patience,
)
from reserve_funds.custody.statements.values import Side
from reserve_funds.ledger.values import Ref

USES = ("reserve", "income", "own")

__all__ = [
    "BankEntry", "CustodyAccount", "Declaration", "Denial", "Ending", "Instruction",
    "OutflowLimit", "OutflowRequest", "Patience", "Reading", "RecognitionRule", "Statement",
    "StatementCorrection", "StatementFile", "Understanding",
]  # fmt: skip


class CustodyAccount(models.Model):
    """One account of one pool at one bank. Its id names its account in the book.

    `use`: the reserve itself, the account that the operator's income is swept to, or own money.
    `approval_id`: the word of two officers by which it is as it is; none for accounts of before.
    """

    id = models.UUIDField(primary_key=True, editable=False)
    pool = models.IntegerField()
    bank = models.ForeignKey("accounts.PartnerBank", on_delete=models.PROTECT, related_name="+")
    account_no = models.CharField(max_length=40)
    name = models.CharField(max_length=120)
    use = models.CharField(max_length=8)
    form = models.CharField(max_length=32)
    opened_on = models.DateField()
    closed_on = models.DateField(null=True)
    approval_id = models.UUIDField(null=True, unique=True)

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=("account_no",), name="custody_bank_account_no_is_one_account"
            ),
            models.CheckConstraint(
                condition=Q(use__in=USES), name="custody_bank_account_has_a_use"
            ),
        )

    def __str__(self) -> str:
        return f"custody account {self.id}"

    @property
    def ref(self) -> Ref:
        """Its account in the book: of the reserve, or of own money."""
        kind = "bank_reserve" if self.use == "reserve" else "own_bank"
        return Ref(kind=kind, owner=str(self.id))


class StatementFile(models.Model):
    """One file as it came, taken or refused; append-only. Its bytes are kept under `digest`."""

    id = models.UUIDField(primary_key=True, editable=False)
    digest = models.CharField(max_length=64)
    size = models.BigIntegerField()
    name = models.CharField(max_length=200)
    form = models.CharField(max_length=32)
    source = models.CharField(max_length=8)
    actor_kind = models.CharField(max_length=16)
    actor_id = models.CharField(max_length=64)
    taken_at = models.DateTimeField()
    refusal = models.CharField(max_length=60, default="")
    refused_because = models.CharField(max_length=300, default="")

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=("digest",),
                condition=Q(refusal=""),
                name="custody_bank_file_is_taken_once",
            ),
            models.CheckConstraint(
                condition=Q(source__in=("upload", "sftp", "api")),
                name="custody_bank_file_has_a_source",
            ),
        )

    def __str__(self) -> str:
        return f"statement file {self.id}"


class Statement(models.Model):
    """One statement of one account: what it opened with, what it closed with; append-only.

    One that `corrects` another stands in its place; its own entries are only what changed by it.
    """

    id = models.UUIDField(primary_key=True, editable=False)
    account = models.ForeignKey(CustodyAccount, on_delete=models.PROTECT, related_name="statements")
    file = models.ForeignKey(StatementFile, on_delete=models.PROTECT, related_name="statements")
    number = models.CharField(max_length=40)
    first_day = models.DateField()
    last_day = models.DateField()
    opening_fen = models.BigIntegerField()
    closing_fen = models.BigIntegerField()
    lines = models.IntegerField()
    in_fen = models.BigIntegerField()
    out_fen = models.BigIntegerField()
    corrects = models.OneToOneField(
        "self", on_delete=models.PROTECT, null=True, related_name="corrected_by"
    )

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=("account", "first_day", "last_day", "number"),
                name="custody_bank_statement_is_taken_once",
            ),
            models.CheckConstraint(
                condition=Q(closing_fen=F("opening_fen") + F("in_fen") - F("out_fen")),
                name="custody_bank_statement_adds_up",
            ),
            models.CheckConstraint(
                condition=Q(first_day__lte=F("last_day")),
                name="custody_bank_statement_ends_after_it_begins",
            ),
        )
        indexes = (models.Index(fields=("account", "last_day"), name="custody_bank_by_day"),)

    def __str__(self) -> str:
        return f"statement {self.number} of {self.last_day}"


class BankEntry(models.Model):
    """One entry of a statement; append-only. Its id follows from account, day and bank's number.

    `entry_no` is the bank's serial number, told apart where the bank uses one twice.
    """

    id = models.UUIDField(primary_key=True, editable=False)
    account = models.ForeignKey(CustodyAccount, on_delete=models.PROTECT, related_name="+")
    statement = models.ForeignKey(Statement, on_delete=models.PROTECT, related_name="entries")
    line_no = models.IntegerField()
    entry_no = models.CharField(max_length=80)
    booked_day = models.DateField()
    value_day = models.DateField()
    side = models.CharField(max_length=3)
    amount_fen = models.BigIntegerField()
    reversal = models.BooleanField()
    our_no = models.CharField(max_length=64)
    counterparty_no = models.CharField(max_length=64)
    counterparty_name = models.CharField(max_length=400)
    summary = models.CharField(max_length=400)
    remark = models.CharField(max_length=400)
    kind = models.CharField(max_length=64)

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=("account", "booked_day", "entry_no"),
                name="custody_bank_entry_is_taken_once",
            ),
            models.CheckConstraint(
                condition=Q(amount_fen__gt=0), name="custody_bank_entry_is_positive"
            ),
            models.CheckConstraint(
                condition=Q(side__in=[side.value for side in Side]),
                name="custody_bank_entry_has_a_side",
            ),
        )
        indexes = (models.Index(fields=("our_no",), name="custody_bank_by_our_no"),)

    def __str__(self) -> str:
        return f"bank entry {self.id}"
