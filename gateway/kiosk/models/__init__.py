"""Everything that the room of kiosks keeps as rows."""

from gateway.kiosk.models.cash import Box, Count, Grant, Intake, ShopKiosk
from gateway.kiosk.models.claims import Claim, Payout
from gateway.kiosk.models.counters import Counter, CounterRecord
from gateway.kiosk.models.fleet import (
    Enrolment,
    Heartbeat,
    Key,
    Line,
    Position,
    Pulse,
    Refused,
    SeenRequest,
    Session,
)
from gateway.kiosk.models.records import CarriedLoad, Difference, Record, Settlement

__all__ = [
    "Box",
    "CarriedLoad",
    "Claim",
    "Count",
    "Counter",
    "CounterRecord",
    "Difference",
    "Enrolment",
    "Grant",
    "Heartbeat",
    "Intake",
    "Key",
    "Line",
    "Payout",
    "Position",
    "Pulse",
    "Record",
    "Refused",
    "SeenRequest",
    "Session",
    "Settlement",
    "ShopKiosk",
]
