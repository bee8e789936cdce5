"""What losses refuse: an amount that nobody can have lost."""

from __future__ import annotations

from accounts.errors import DomainError, Sort


class LossMalformed(DomainError):
    """It is no loss: not positive, or more than there was to lose. Facts: `field`."""

    code = "loss_malformed"
    sort = Sort.CALLER
    zh = "损失金额有误:须为正数,且不超过原有金额。"
    en = "This is no loss: it must be positive and no more than there was."
