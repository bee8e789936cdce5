"""Files that browsers bring: only where a page asks for one, and never more than it may be."""

from __future__ import annotations

import re
from typing import Any

from django.core.files.uploadhandler import FileUploadHandler, StopUpload
from django.http import HttpRequest

from gateway.bulk import sheets
from reserve_funds.custody.statements.reading import LARGEST_TABLE_BYTES

_LISTS = re.compile(r"/console/bulk/enterprises/[0-9a-f-]{36}")
WHERE = "/console/custody/statements/upload"
HANDOVER = "/console/custody/cutover/upload"
LARGEST_HANDOVER = 32 << 20
"""A line is some thirty bytes: more than a million cards."""


def most_bytes(path: str) -> int:
    """How much this address takes; nothing where no page asks for a file."""
    if path == WHERE:
        return LARGEST_TABLE_BYTES
    if path == HANDOVER:
        return LARGEST_HANDOVER
    return sheets.MOST_BYTES if _LISTS.fullmatch(path) else 0


class Measured(FileUploadHandler):
    """Counts what comes, and stops reading past the most that this address takes.

    The page is then asked without a file, and says so; nothing of the rest is read.
    """

    def __init__(self, request: HttpRequest) -> None:
        super().__init__(request)
        self.left = most_bytes(request.path)

    def receive_data_chunk(self, raw_data: bytes, start: int) -> bytes:
        self.left -= len(raw_data)
        if self.left < 0:
            raise StopUpload(connection_reset=True)
        return raw_data

    def file_complete(self, file_size: int) -> Any:
        """The next handler keeps the file."""
        return None


def measure(request: HttpRequest) -> None:
    """From now on, before anything of the body is read, its files are measured."""
    request.upload_handlers = [Measured(request), *request.upload_handlers]
