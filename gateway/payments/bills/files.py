"""Bills' files on disk: fetched into halves, kept whole under the name of their own content."""

from __future__ import annotations

import hashlib
import os
from datetime import datetime, timedelta
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import IO, cast

from django.conf import settings

from gateway.channels.errors import ChannelSilent
from gateway.payments.models import Bill

_CHUNK_BYTES = 1 << 20
_OLD = timedelta(days=1)


def path_of(bill: Bill, sha256: str) -> Path:
    """Where a bill's file is kept, named by its own content."""
    folder = Path(settings.BILLS_DIR) / bill.channel / str(bill.merchant_id)
    return folder / f"{bill.day.isoformat()}-{sha256[:32]}.bill"


def sweep(now: datetime) -> int:
    """Removes halves that a killed worker left a day ago or earlier; how many."""
    removed = 0
    for part in Path(settings.BILLS_DIR).glob("*.half"):
        if part.stat().st_mtime < (now - _OLD).timestamp():
            part.unlink(missing_ok=True)
            removed += 1
    return removed


def half() -> IO[bytes]:
    """A file to fetch into, gone when it is closed unless its content was kept."""
    folder = Path(settings.BILLS_DIR)
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    return cast(IO[bytes], NamedTemporaryFile(dir=folder, suffix=".half"))


def keep(part: IO[bytes], bill: Bill) -> tuple[str, int]:
    """Keeps what was fetched under the name of its content, whole; its SHA-256 and size."""
    part.flush()
    os.fsync(part.fileno())
    part.seek(0)
    digest, size = hashlib.sha256(), 0
    while chunk := part.read(_CHUNK_BYTES):
        digest.update(chunk)
        size += len(chunk)
    if not size:
        raise ChannelSilent("an empty file", day=bill.day.isoformat())
    kept = path_of(bill, digest.hexdigest())
    kept.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    if not kept.exists():
        kept.hardlink_to(part.name)
        _sync_folder(kept.parent)
    return digest.hexdigest(), size


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
