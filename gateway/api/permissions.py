"""Who may knock at which door; everything not named here is refused."""

from __future__ import annotations

from typing import Any

from rest_framework.permissions import BasePermission
from rest_framework.request import Request

from accounts.models import Kiosk, Person


class IsCitizen(BasePermission):
    """A person with a token. What is theirs is decided by each query's own filter."""

    def has_permission(self, request: Request, view: Any) -> bool:
        """True for people only."""
        return isinstance(request.user, Person)


class MayPresentCards(BasePermission):
    """People and kiosks: whoever stands before the card."""

    def has_permission(self, request: Request, view: Any) -> bool:
        """True for people and kiosks."""
        return isinstance(request.user, Person | Kiosk)
