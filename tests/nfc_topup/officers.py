"""Officers for tests: people with a role in a pool, or in the whole province."""

import random
from datetime import timedelta

from accounts import clock, people, roles


def officer(role=roles.FINANCE_OFFICER, pool=None, now=None):
    """Somebody new who has held this role for a day."""
    moment = (now or clock.now()) - timedelta(days=1)
    person = people.enrol(f"139{random.randrange(10**8):08d}", moment)
    people.grant(person, role, pool=pool, granted_by=None, now=moment)
    return person
