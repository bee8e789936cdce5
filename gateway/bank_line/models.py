"""How we reach each bank about each account, and which of its files we have seen."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

SOURCES = ("sftp", "api", "upload")
WHOLE_BY = ("mark", "stable")
OUTCOMES = ("taken", "known", "refused", "unexpected")


class BankContract(models.Model):
    """Which contract of ours speaks to the bank about one custody account, and what it may.

    `account_id` is the custody account's id. Statements of a day are due by `statement_due`,
    Shanghai time, on the next working day, from `statement_source`. It is as two officers put it
    last, under `approval_id`; the database takes no other words.
    """

    id = models.UUIDField(primary_key=True, editable=False)
    account_id = models.UUIDField(unique=True)
    bank = models.CharField(max_length=32)
    merchant = models.ForeignKey(
        "payments.MerchantAccount", on_delete=models.PROTECT, related_name="+"
    )
    pays_out = models.BooleanField(default=False)
    statement_source = models.CharField(max_length=8)
    statement_due = models.TimeField()
    since = models.DateField()
    approval_id = models.UUIDField(null=True, unique=True)

    class Meta:
        constraints = (
            models.CheckConstraint(
                condition=Q(statement_source__in=SOURCES), name="bank_line_contract_has_a_source"
            ),
        )

    def __str__(self) -> str:
        return f"contract with {self.bank} for account {self.account_id}"


class Mailbox(models.Model):
    """A folder on a bank's SFTP server. The login's private key is kept by its secret's name.

    `host_keys` are the pinned keys ("ssh-ed25519 AAAA…"), several while the bank changes its own.
    `files` maps a glob of file names to the form of statement inside. A file is whole when its
    `mark` (a suffix) lies beside it, or once size and time stood still for `stable_seconds`. It is
    as two officers put it last, under `approval_id`; the database takes no other words.
    """

    id = models.UUIDField(primary_key=True, editable=False)
    bank = models.CharField(max_length=32)
    host = models.CharField(max_length=200)
    port = models.IntegerField()
    login = models.CharField(max_length=64)
    key_secret = models.CharField(max_length=80)
    host_keys = models.JSONField()
    folder = models.CharField(max_length=200)
    files = models.JSONField()
    whole_by = models.CharField(max_length=8)
    mark = models.CharField(max_length=16, default="")
    stable_seconds = models.IntegerField(default=0)
    is_open = models.BooleanField(default=True)
    approval_id = models.UUIDField(null=True, unique=True)

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=("host", "port", "folder"), name="bank_line_folder_is_one_mailbox"
            ),
            models.CheckConstraint(
                condition=Q(whole_by="mark") & ~Q(mark="")
                | Q(whole_by="stable", stable_seconds__gt=0),
                name="bank_line_mailbox_knows_what_is_whole",
            ),
        )

    def __str__(self) -> str:
        return f"mailbox {self.bank} {self.folder}"


class SeenFile(models.Model):
    """A file as it lay in a mailbox, and what became of it; another size or time is another file.

    `statement_file` is the id of what custody keeps of it, present when it was taken.
    """

    id = models.BigAutoField(primary_key=True)
    mailbox = models.ForeignKey(Mailbox, on_delete=models.PROTECT, related_name="files_seen")
    name = models.CharField(max_length=255)
    size = models.BigIntegerField()
    modified_at = models.DateTimeField()
    digest = models.CharField(max_length=64, default="")
    outcome = models.CharField(max_length=12)
    refusal = models.CharField(max_length=60, default="")
    statement_file = models.UUIDField(null=True)
    seen_at = models.DateTimeField()

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=("mailbox", "name", "size", "modified_at"),
                name="bank_line_file_is_seen_once",
            ),
            models.CheckConstraint(
                condition=Q(outcome__in=OUTCOMES), name="bank_line_file_has_an_outcome"
            ),
        )

    def __str__(self) -> str:
        return f"file {self.name} ({self.outcome})"


class GrowingFile(models.Model):
    """A file that may still be on its way: as it was last seen, and since when it is like that."""

    id = models.BigAutoField(primary_key=True)
    mailbox = models.ForeignKey(Mailbox, on_delete=models.PROTECT, related_name="+")
    name = models.CharField(max_length=255)
    size = models.BigIntegerField()
    modified_at = models.DateTimeField()
    since = models.DateTimeField()

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=("mailbox", "name"), name="bank_line_growing_file_is_one_row"
            ),
        )

    def __str__(self) -> str:
        return f"growing file {self.name}"


class LateStatement(models.Model):
    """A working day whose statement was not there in time: told once, ended when it came."""

    id = models.BigAutoField(primary_key=True)
    contract = models.ForeignKey(BankContract, on_delete=models.PROTECT, related_name="+")
    day = models.DateField()
    told_at = models.DateTimeField()
    came_at = models.DateTimeField(null=True)

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=("contract", "day"), name="bank_line_late_statement_is_told_once"
            ),
        )

    def __str__(self) -> str:
        return f"late statement of {self.day}"
