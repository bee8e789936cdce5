"""The merchants a neighbour knows, read again whenever its merchants.json changes."""

import json
import threading
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Generic, TypeVar

Known = TypeVar("Known")


class Merchants(Generic[Known]):
    """{merchant number: entry} as a file; `read` makes of an entry what the channel holds."""

    def __init__(self, path: Path, read: Callable[[str, Mapping[str, Any]], Known]) -> None:
        self._path = path
        self._read = read
        self._lock = threading.Lock()
        self._seen: tuple[int, int] | None = None
        self._known: Mapping[str, Known] = {}

    def get(self, merchant_no: str) -> Known | None:
        """The merchant of that number, None when the file does not name it."""
        return self.all().get(merchant_no)

    def all(self) -> Mapping[str, Known]:
        """Every merchant by number."""
        with self._lock:
            self._refresh()
            return self._known

    def _refresh(self) -> None:
        try:
            stat = self._path.stat()
        except FileNotFoundError:
            self._known, self._seen = {}, None
            return
        seen = (stat.st_mtime_ns, stat.st_size)
        if seen == self._seen:
            return
        entries = json.loads(self._path.read_text(encoding="utf-8"))
        self._known = {number: self._read(number, entry) for number, entry in entries.items()}
        self._seen = seen
