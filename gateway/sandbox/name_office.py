"""The sandbox's real-name provider: what it answers is told by the name it is asked about.

A name with 不符 in it differs, one with 稍后 has no answer at first and a match when asked again,
one with 丢失 was never received; every other name matches.
"""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from uuid import UUID

from django.conf import settings

from accounts.real_names import Answer


class NameOffice:
    """Answers at once and remembers, by the question's number, what it will say later."""

    def ask(self, check_id: UUID, *, name: str, id_number: str, now: datetime) -> Answer:
        """The answer told by the name. Name and ID number are not kept."""
        if "不符" in name:
            return self._keep(check_id, Answer.DIFFERENT)
        if "稍后" in name:
            self._keep(check_id, Answer.MATCHED)
            return Answer.UNKNOWN
        return Answer.UNKNOWN if "丢失" in name else self._keep(check_id, Answer.MATCHED)

    def ask_again(self, check_id: UUID, *, now: datetime) -> Answer:
        """What was kept under this number; NOT_RECEIVED when nothing was."""
        try:
            return Answer(self._file(check_id).read_text(encoding="ascii"))
        except FileNotFoundError:
            return Answer.NOT_RECEIVED

    def _keep(self, check_id: UUID, answer: Answer) -> Answer:
        file = self._file(check_id)
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(answer, encoding="ascii")
        return answer

    def _file(self, check_id: UUID) -> Path:
        return Path(settings.DATA_DIR, "name-office", str(check_id))
