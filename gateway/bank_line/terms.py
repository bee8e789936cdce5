"""What can be agreed with a bank about an account, and how one of its folders can be described."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, time

from gateway.bank_line import sftp
from gateway.bank_line.errors import BankTermsMalformed, MailboxFaulty
from gateway.bank_line.models import WHOLE_BY, BankContract, Mailbox
from reserve_funds.custody.errors import StatementFormUnknown
from reserve_funds.custody.statements import reading

_WORD = re.compile(r"[a-z0-9][a-z0-9_-]{0,79}")
_HOST = re.compile(r"[A-Za-z0-9]([A-Za-z0-9.-]{0,198}[A-Za-z0-9])?")
_MOST_SECONDS = 24 * 3600


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """What a contract says: whether it pays out, where statements come from, when, since when."""

    pays_out: bool
    statement_source: str
    statement_due: time
    since: date


@dataclass(frozen=True, slots=True, kw_only=True)
class MailFolder:
    """A folder on a bank's SFTP server, as `models.Mailbox` tells its fields."""

    bank: str
    host: str
    port: int
    login: str
    key_secret: str
    host_keys: tuple[str, ...]
    folder: str
    files: Mapping[str, str]
    whole_by: str
    mark: str = ""
    stable_seconds: int = 0
    is_open: bool = True


def terms_of(row: BankContract) -> Terms:
    """What a contract says."""
    return Terms(
        pays_out=row.pays_out,
        statement_source=row.statement_source,
        statement_due=row.statement_due,
        since=row.since,
    )


def folder_of(row: Mailbox) -> MailFolder:
    """What is told of a folder."""
    fields = {name: getattr(row, name) for name in MailFolder.__slots__}
    return MailFolder(**fields | {"host_keys": tuple(row.host_keys)})


def check(folder: MailFolder) -> None:
    """BankTermsMalformed with the first field that cannot be right."""
    try:
        sftp.check_host_keys(folder.host_keys)
        for form in folder.files.values():
            reading.check_form(form)
    except MailboxFaulty:
        raise BankTermsMalformed(field="host_keys") from None
    except StatementFormUnknown:
        raise BankTermsMalformed(field="files") from None
    sound = {
        "bank": bool(folder.bank),
        "host": _HOST.fullmatch(folder.host) is not None,
        "port": 0 < folder.port < 1 << 16,
        "login": 0 < len(folder.login) <= 64,
        "key_secret": _WORD.fullmatch(folder.key_secret) is not None,
        "folder": 0 < len(folder.folder) <= 200
        and not folder.folder.startswith("~")
        and ".." not in folder.folder.split("/"),
        "files": bool(folder.files) and all(folder.files),
        "whole_by": folder.whole_by in WHOLE_BY,
        "mark": (folder.whole_by != "mark" or bool(folder.mark)) and len(folder.mark) <= 16,
        "stable_seconds": (folder.whole_by != "stable" or folder.stable_seconds > 0)
        and 0 <= folder.stable_seconds <= _MOST_SECONDS,
    }
    for field, right in sound.items():
        if not right:
            raise BankTermsMalformed(field=field)
