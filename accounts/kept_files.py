"""Files of the outside, kept as they came under the hash of their bytes: never changed."""

from __future__ import annotations

import hashlib
import os
import re
import tempfile
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import IO, BinaryIO, cast

from accounts.errors import KeptFileMissing, KeptFileTooLarge

_CHUNK_BYTES = 1 << 20
_DIGEST = re.compile(r"[0-9a-f]{64}")
_OLD = timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """A file that is kept: the SHA-256 of its bytes in hex, and how many they are."""

    digest: str
    size: int


def half() -> IO[bytes]:
    """A file to write into, gone when it is closed unless its content was kept."""
    _root().mkdir(mode=0o750, parents=True, exist_ok=True)
    return cast(IO[bytes], tempfile.NamedTemporaryFile(dir=_root(), suffix=".half"))


def keep(part: IO[bytes]) -> Kept:
    """Keeps what a half holds, on disk before this returns; the same bytes are kept once."""
    part.flush()
    os.fsync(part.fileno())
    part.seek(0)
    digest, size = hashlib.sha256(), 0
    while chunk := part.read(_CHUNK_BYTES):
        digest.update(chunk)
        size += len(chunk)
    os.fchmod(part.fileno(), 0o440)
    place = _place(digest.hexdigest())
    place.parent.mkdir(mode=0o750, exist_ok=True)
    with suppress(FileExistsError):
        place.hardlink_to(part.name)
    _on_disk(place.parent)
    return Kept(digest=digest.hexdigest(), size=size)


def keep_stream(stream: BinaryIO, *, most_bytes: int) -> Kept:
    """Keeps what the stream holds; KeptFileTooLarge leaves nothing behind."""
    size = 0
    with half() as part:
        while chunk := stream.read(_CHUNK_BYTES):
            size += len(chunk)
            if size > most_bytes:
                raise KeptFileTooLarge(most_bytes=most_bytes)
            part.write(chunk)
        return keep(part)


def opened(digest: str) -> BinaryIO:
    """The kept file, open for reading; KeptFileMissing."""
    if not _DIGEST.fullmatch(digest):
        raise KeptFileMissing(digest=digest[:64])
    try:
        return _place(digest).open("rb")
    except FileNotFoundError:
        raise KeptFileMissing(digest=digest) from None


def sweep(now: datetime) -> int:
    """Removes halves that a killed process left a day ago or earlier; how many."""
    removed = 0
    for part in _root().glob("*.half"):
        with suppress(FileNotFoundError):
            if part.stat().st_mtime < (now - _OLD).timestamp():
                part.unlink()
                removed += 1
    return removed


def _on_disk(directory: Path) -> None:
    """The names in this directory, and its own name in the one above."""
    for place in (directory, directory.parent):
        handle = os.open(place, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def _place(digest: str) -> Path:
    return _root() / digest[:2] / digest


def _root() -> Path:
    """Where files are kept; every machine of the house sees the same place."""
    if named := os.environ.get("KEPT_FILES_DIR"):
        return Path(named)
    default = Path(__file__).resolve().parent.parent / "var"
    return Path(os.environ.get("GATEWAY_DATA_DIR") or default) / "kept"
