"""People for a rehearsal in the sandbox: three custodians and two officers, each with a token."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import transaction

from accounts import people, roles, secrets, tokens
from accounts.errors import SandboxOnly

TOKEN_LASTS = timedelta(days=1)

_PHONES = {
    "custodian-1": ("13800990001", roles.KEY_CUSTODIAN),
    "custodian-2": ("13800990002", roles.KEY_CUSTODIAN),
    "custodian-3": ("13800990003", roles.KEY_CUSTODIAN),
    "officer-1": ("13800990011", roles.SECURITY_OFFICER),
    "officer-2": ("13800990012", roles.SECURITY_OFFICER),
}


def cast(now: datetime) -> dict[str, str]:
    """The people's names and a fresh token of each; twice makes nobody twice. SandboxOnly."""
    if not secrets.in_sandbox():
        raise SandboxOnly("real people are enrolled and granted roles by an officer")
    given = {}
    with transaction.atomic():
        for name, (phone, role) in _PHONES.items():
            one = people.enrol(phone, now)
            if not people.has_role(one, role, None, now):
                people.grant(one, role, pool=None, granted_by=None, now=now)
            given[name] = tokens.mint(
                person=one, label=f"rehearsal {name}", now=now, expires_at=now + TOKEN_LASTS
            )
    return given
