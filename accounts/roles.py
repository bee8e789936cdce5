"""The roles of the house, and those that three different people must hold."""

from __future__ import annotations

CITIZEN = "citizen"
CLERK = "clerk"
KIOSK_OPERATOR = "kiosk_operator"
FINANCE_OFFICER = "finance_officer"
AUDITOR = "auditor"
SECURITY_OFFICER = "security_officer"
KEY_CUSTODIAN = "key_custodian"
REGULATOR = "regulator"
ADMINISTRATOR = "administrator"

ROLES = frozenset(
    {
        CITIZEN,
        CLERK,
        KIOSK_OPERATOR,
        FINANCE_OFFICER,
        AUDITOR,
        SECURITY_OFFICER,
        KEY_CUSTODIAN,
        REGULATOR,
        ADMINISTRATOR,
    }
)

# GB/T 22239-2019 8.1.4.2 d: system administration, security and audit are separated duties.
SEPARATED_ROLES = frozenset({ADMINISTRATOR, SECURITY_OFFICER, AUDITOR})
