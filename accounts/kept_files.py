"""Files of the outside, kept as they came under the hash of their bytes: never changed."""

from __future__ import annotations

import hashlib
import os
import re
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from accounts.errors import KeptFileMissing, KeptFileTooLarge

_CHUNK_BYTES = 1 << 20
_DIGEST = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """A file that is kept: the SHA-256 of its bytes in hex, and how many they are."""

    digest: str
    size: int


def keep(stream: BinaryIO, *, most_bytes: int) -> Kept:
    """Keeps what the stream holds, on disk before this returns; the same bytes are kept once.

    KeptFileTooLarge leaves nothing behind.
    """
    digest, size = hashlib.sha256(), 0
    _root().mkdir(parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile(dir=_root(), prefix=".", delete=False) as half:
        try:
            while chunk := stream.read(_CHUNK_BYTES):
                size += len(chunk)
                if size > most_bytes:
                    raise KeptFileTooLarge(most_bytes=most_bytes)
                digest.update(chunk)
                half.write(chunk)
            half.flush()
            os.fsync(half.fileno())
            _settle(Path(half.name), digest.hexdigest())
        finally:
            Path(half.name).unlink(missing_ok=True)
    return Kept(digest=digest.hexdigest(), size=size)


def opened(digest: str) -> BinaryIO:
    """The kept file, open for reading; KeptFileMissing."""
    if not _DIGEST.fullmatch(digest):
        raise KeptFileMissing(digest=digest[:64])
    try:
        return _place(digest).open("rb")
    except FileNotFoundError:
        raise KeptFileMissing(digest=digest) from None


def _settle(half: Path, digest: str) -> None:
    place = _place(digest)
    place.parent.mkdir(exist_ok=True)
    if not place.exists():
        half.chmod(0o440)
        half.replace(place)
        _on_disk(place.parent)


def _on_disk(directory: Path) -> None:
    handle = os.open(directory, os.O_RDONLY)
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
