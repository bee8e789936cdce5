"""The rows of accounts; other rooms reach them through services and queries."""

from accounts.models.approval import Approval
from accounts.models.card import TransitCard
from accounts.models.citizen import RealNameCheck, RefreshToken, SignIn, SignInCode
from accounts.models.device import Kiosk, PartnerBank
from accounts.models.duty import Duty, Heartbeat
from accounts.models.officer import Budget, Officer, OfficerSession, RecoveryCode
from accounts.models.operator import IssuerPrefix, Operator
from accounts.models.person import Person, RoleGrant
from accounts.models.provider import ProviderKey, WalletProvider
from accounts.models.token import BearerToken
from accounts.models.trail import AuditEntry, SecurityEvent, Transition

__all__ = [
    "Approval",
    "AuditEntry",
    "BearerToken",
    "Budget",
    "Duty",
    "Heartbeat",
    "IssuerPrefix",
    "Kiosk",
    "Officer",
    "OfficerSession",
    "Operator",
    "PartnerBank",
    "Person",
    "ProviderKey",
    "RealNameCheck",
    "RecoveryCode",
    "RefreshToken",
    "RoleGrant",
    "SecurityEvent",
    "SignIn",
    "SignInCode",
    "TransitCard",
    "Transition",
    "WalletProvider",
]
