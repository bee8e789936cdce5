"""Collects statements from banks' folders: whole files only, each once, refused ones by name."""

from __future__ import annotations

import fnmatch
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

from django.conf import settings

from accounts import kept_files, secrets, trail
from accounts.actors import Actor
from accounts.errors import DomainError
from gateway.bank_line import intake, matters, sftp
from gateway.bank_line.errors import BankFileTooLarge, HostKeyWrong, MailboxUnknown
from gateway.bank_line.models import GrowingFile, Mailbox, SeenFile
from gateway.bank_line.sftp import Entry, Folder, Server
from gateway.channels.transport import AllowedHost
from reserve_funds.custody.cases import services as cases
from reserve_funds.custody.statements import reading

_UNUSABLE: tuple[type[DomainError], ...] = (BankFileTooLarge, *intake.REFUSALS)


@dataclass(slots=True)
class Haul:
    """What one visit brought: names by what became of them."""

    taken: list[str] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)
    unexpected: list[str] = field(default_factory=list)
    waiting: list[str] = field(default_factory=list)


def collect(mailbox_id: UUID, *, now: datetime) -> Haul:
    """Visits a mailbox and takes every whole file not seen before; a closed mailbox is not visited.

    A refused file is remembered and told to people; it does not hold up the others. Raises what
    the visit raises (MailboxSilent, MailboxRefused, HostKeyWrong after an alarm), having kept what
    was taken before. Open no transaction around it.
    """
    mailbox = Mailbox.objects.filter(pk=mailbox_id).first()
    if mailbox is None:
        raise MailboxUnknown(id=str(mailbox_id))
    haul = Haul()
    if not mailbox.is_open:
        return haul
    server = Server(
        host=AllowedHost(host=mailbox.host, port=mailbox.port, loopback=settings.IS_SANDBOX),
        login=mailbox.login,
        host_keys=mailbox.host_keys,
    )
    kept_files.sweep(now)
    try:
        with sftp.visit(
            server, mailbox.folder, private_key=secrets.read(mailbox.key_secret)
        ) as folder:
            _look_through(mailbox, folder, haul, now=now)
    except HostKeyWrong as wrong:
        trail.alarm(
            wrong.code, actor=_bank(mailbox), now=now, subject=str(mailbox.pk), **wrong.facts
        )
        raise
    return haul


def _look_through(mailbox: Mailbox, folder: Folder, haul: Haul, *, now: datetime) -> None:
    entries = folder.entries()
    names = {entry.name for entry in entries}
    seen = set(
        SeenFile.objects.filter(mailbox=mailbox, name__in=names).values_list(
            "name", "size", "modified_at"
        )
    )
    for entry in entries:
        if (entry.name, entry.size, entry.modified_at) in seen or _is_mark(mailbox, entry):
            continue
        form = _form_of(mailbox, entry)
        if form is None:
            _strange(mailbox, entry, now=now)
            haul.unexpected.append(entry.name)
        elif not _is_whole(mailbox, entry, names, now=now):
            haul.waiting.append(entry.name)
        elif _take(mailbox, folder, entry, form, now=now):
            haul.taken.append(entry.name)
        else:
            haul.refused.append(entry.name)


def _take(mailbox: Mailbox, folder: Folder, entry: Entry, form: str, *, now: datetime) -> bool:
    """Fetches one file and hands it to custody; False when it was refused, which is remembered."""
    digest = ""
    try:
        with kept_files.half() as part:
            folder.fetch(entry, part, most_bytes=reading.LARGEST_TABLE_BYTES)
            digest = kept_files.keep(part).digest
        taken = intake.take(
            digest, bank=mailbox.bank, form=form, name=entry.name, source="sftp", now=now
        )
    except _UNUSABLE as refusal:
        _refused(mailbox, entry, digest, refusal, now=now)
        return False
    outcome = "taken" if taken.is_new else "known"
    _remember(mailbox, entry, outcome, now=now, digest=digest, statement_file=taken.file_id)
    cases.close_case(
        matters.STATEMENT_REFUSED,
        pool=None,
        subject=_subject(mailbox, entry),
        actor=_bank(mailbox),
        because="sent again, and good",
        now=now,
    )
    return True


def _refused(
    mailbox: Mailbox, entry: Entry, digest: str, refusal: DomainError, *, now: datetime
) -> None:
    _remember(mailbox, entry, "refused", now=now, digest=digest, refusal=refusal.code)
    trail.alarm(
        "bank_statement_refused",
        actor=_bank(mailbox),
        now=now,
        subject=str(mailbox.pk),
        refusal=refusal.code,
        name=entry.name,
    )
    cases.open_case(
        matters.STATEMENT_REFUSED,
        pool=None,
        subject=_subject(mailbox, entry),
        now=now,
        name=entry.name,
        refusal=refusal.code,
        because=str(refusal)[:200],
    )


def _strange(mailbox: Mailbox, entry: Entry, *, now: datetime) -> None:
    _remember(mailbox, entry, "unexpected", now=now)
    cases.open_case(
        matters.FILE_UNEXPECTED,
        pool=None,
        subject=_subject(mailbox, entry),
        now=now,
        name=entry.name,
    )


def _remember(
    mailbox: Mailbox,
    entry: Entry,
    outcome: str,
    *,
    now: datetime,
    digest: str = "",
    refusal: str = "",
    statement_file: UUID | None = None,
) -> None:
    """One row for the file as it lies there; the same again, from another worker, is nothing."""
    row = SeenFile(
        mailbox=mailbox,
        name=entry.name,
        size=entry.size,
        modified_at=entry.modified_at,
        digest=digest,
        outcome=outcome,
        refusal=refusal,
        statement_file=statement_file,
        seen_at=now,
    )
    SeenFile.objects.bulk_create([row], ignore_conflicts=True)
    GrowingFile.objects.filter(mailbox=mailbox, name=entry.name).delete()


def _is_whole(mailbox: Mailbox, entry: Entry, names: set[str], *, now: datetime) -> bool:
    """By its mark, or by having stood still for long enough between two visits."""
    if mailbox.whole_by == "mark":
        return f"{entry.name}{mailbox.mark}" in names
    row, is_new = GrowingFile.objects.get_or_create(
        mailbox=mailbox,
        name=entry.name,
        defaults={"size": entry.size, "modified_at": entry.modified_at, "since": now},
    )
    if is_new:
        return False
    if (row.size, row.modified_at) == (entry.size, entry.modified_at):
        return now - row.since >= timedelta(seconds=mailbox.stable_seconds)
    GrowingFile.objects.filter(pk=row.pk).update(
        size=entry.size, modified_at=entry.modified_at, since=now
    )
    return False


def _is_mark(mailbox: Mailbox, entry: Entry) -> bool:
    """A mark is no statement, whether its file lies beside it yet or not."""
    return mailbox.whole_by == "mark" and entry.name.endswith(mailbox.mark)


def _form_of(mailbox: Mailbox, entry: Entry) -> str | None:
    for glob, form in mailbox.files.items():
        if fnmatch.fnmatchcase(entry.name, glob):
            return str(form)
    return None


def _subject(mailbox: Mailbox, entry: Entry) -> str:
    return f"{mailbox.bank}:{entry.name}"[:120]


def _bank(mailbox: Mailbox) -> Actor:
    return Actor(kind="channel", id=mailbox.bank)
