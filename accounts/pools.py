"""Which operator has which pool."""

from __future__ import annotations

from accounts.errors import OperatorUnknown
from accounts.models import Operator


def pool_of(operator_code: str) -> int:
    """The pool number of an operator; OperatorUnknown."""
    return operator(operator_code).pool


def operator(operator_code: str) -> Operator:
    """The operator of this code (`zhengzhou`); OperatorUnknown."""
    known = operator_code.isprintable()
    found = Operator.objects.filter(code=operator_code).first() if known else None
    if found is None:
        raise OperatorUnknown(code=operator_code[:32])
    return found


def operator_of_pool(pool: int) -> Operator:
    """The operator whose reserve this pool is; OperatorUnknown."""
    found = Operator.objects.filter(pool=pool).first()
    if found is None:
        raise OperatorUnknown(pool=pool)
    return found


def all_operators() -> list[Operator]:
    """Every operator, in the order of the pools."""
    return list(Operator.objects.order_by("pool"))
