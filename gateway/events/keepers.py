"""Which officers keep the endpoints: administrators of the whole province."""

from __future__ import annotations

from datetime import datetime

from accounts import people
from accounts.actors import Actor
from accounts.errors import NotAllowed
from accounts.models import Person
from accounts.roles import ADMINISTRATOR


def actor_of(officer: Person, now: datetime) -> Actor:
    """The officer as the trail knows them; NotAllowed without the role at this moment."""
    if not people.has_role(officer, ADMINISTRATOR, None, now):
        raise NotAllowed(person=str(officer.pk), role=ADMINISTRATOR)
    return Actor(kind="officer", id=str(officer.pk))
