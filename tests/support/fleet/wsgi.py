"""The house's own door under the test clock: FLEET_CLOCK names a file with seconds to be ahead."""

import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

from accounts import clock
from gateway.wsgi import application

_FILE = Path(os.environ["FLEET_CLOCK"])


def _now() -> datetime:
    return datetime.now(UTC) + timedelta(seconds=float(_FILE.read_text(encoding="ascii")))


clock.now = _now

__all__ = ["application"]
