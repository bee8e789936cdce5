"""Everything that the room of kiosks keeps as rows."""

from gateway.kiosk.models.cash import Box, Count, Grant, Intake, ShopKiosk
from gateway.kiosk.models.fleet import (
    Enrolment,
    Heartbeat,
    Key,
    Line,
    Refused,
    SeenRequest,
    Session,
)
from gateway.kiosk.models.records import CarriedLoad, Difference, Record, Settlement

__all__ = [
    "Box",
    "CarriedLoad",
    "Count",
    "Difference",
    "Enrolment",
    "Grant",
    "Heartbeat",
    "Intake",
    "Key",
    "Line",
    "Record",
    "Refused",
    "SeenRequest",
    "Session",
    "Settlement",
    "ShopKiosk",
]
