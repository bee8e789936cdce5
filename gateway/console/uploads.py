"""Files that browsers bring: only where a page asks for one, and never more than it may be."""

from __future__ import annotations

from typing import Any

from django.core.files.uploadhandler import FileUploadHandler, StopUpload
from django.http import HttpRequest

from reserve_funds.custody.statements.reading import LARGEST_TABLE_BYTES

WHERE = "/console/custody/statements/upload"


class Measured(FileUploadHandler):
    """Counts what comes, and stops reading past the most that this address takes.

    The page is then asked without a file, and says so; nothing of the rest is read.
    """

    def __init__(self, request: HttpRequest) -> None:
        super().__init__(request)
        self.left = LARGEST_TABLE_BYTES if request.path == WHERE else 0

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
