"""The sandbox's short messages: none leaves this machine, all can be read on a page of it."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path
from typing import Any

from django.conf import settings

from accounts import secrets
from accounts.errors import SandboxOnly
from gateway.messages.port import ShortMessage

_KEPT = 64 * 1024


class Console:
    """Keeps each message in a file instead of sending it. SandboxOnly elsewhere."""

    name = "sandbox"

    def send(self, message: ShortMessage, *, now: datetime) -> None:
        """Write it down for the page; nothing of it gets into a log."""
        if not secrets.in_sandbox():
            raise SandboxOnly
        line = {
            "at": now.isoformat(),
            "phone": message.phone,
            "template": message.template,
            **message.filled,
        }
        file = _file()
        file.parent.mkdir(parents=True, exist_ok=True)
        file.touch(mode=0o600)
        with file.open("a", encoding="utf-8") as kept:
            kept.write(json.dumps(line, ensure_ascii=False) + "\n")


def latest(count: int) -> list[dict[str, Any]]:
    """The newest messages first; each has at, phone, template and what was filled in."""
    try:
        with _file().open("rb") as kept:
            kept.seek(0, 2)
            kept.seek(max(0, kept.tell() - _KEPT))
            lines = kept.read().decode("utf-8", "ignore").splitlines()
    except FileNotFoundError:
        return []
    found = [json.loads(line) for line in lines if line.startswith("{") and line.endswith("}")]
    for one in found:
        one["at"] = datetime.fromisoformat(one["at"])
    return found[: -count - 1 : -1]


def _file() -> Path:
    return Path(settings.DATA_DIR, "messages", "sent.jsonl")
