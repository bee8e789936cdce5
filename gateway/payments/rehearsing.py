"""The rehearsal of a key change: proves at the channel that old and new both work beforehand.

It asks about an order that never was. A channel that verifiably says so has believed our signature
and signed with a key of its own that we hold; nothing else can come of the question.
"""

from __future__ import annotations

import secrets as dice
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from accounts import secrets
from accounts.errors import DomainError
from gateway.channels.errors import ChannelOrderUnknown
from gateway.channels.port import ChannelAdapter, HttpRequest, Merchant
from gateway.payments import keys
from gateway.payments.line import Line, Stamp
from gateway.payments.models import MerchantAccount

ASKED_KEY: Mapping[str, str] = {"wechatpay": "Wechatpay-Serial"}
"""The header by which a channel can be asked to sign with one of its keys, where it has one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One key tried at the channel: which, whether it worked, and in what the trial ended."""

    key: str
    proven: bool
    because: str


def rehearse(
    account: MerchantAccount, *, new_secret: str, new_serial: str, now: datetime
) -> list[Step]:
    """Tries our present signing key, the new one (when named), and each key of the channel.

    Nothing is changed anywhere. Raises SecretMissing when the new key's secret is not there.
    """
    line = Line(account)
    steps = [_ours(line, line.merchant, "our present signing key", now=now)]
    if new_secret:
        coming = replace(
            line.merchant,
            signing_key_pem=secrets.read(new_secret),
            signing_serial=new_serial or line.merchant.signing_serial,
        )
        steps.append(_ours(line, coming, "our new signing key", now=now))
    header = ASKED_KEY.get(account.channel)
    if header is not None:
        for key_id in sorted(account.platform_keys):
            alone = {key_id: line.merchant.platform_keys[key_id]}
            only = replace(line.merchant, platform_keys=alone)
            named = f"the channel's key {key_id}"
            steps.append(_asked(line, only, named, {header: key_id}, now=now))
    return steps


def _ours(line: Line, merchant: Merchant, named: str, *, now: datetime) -> Step:
    watched = keys.WatchedKeys(merchant.platform_keys)
    step = _asked(line, replace(merchant, platform_keys=watched), named, {}, now=now)
    if step.proven and watched.used:
        return replace(step, because=f"{step.because}, proven by the channel's {watched.used}")
    return step


def _asked(
    line: Line, merchant: Merchant, named: str, headers: Mapping[str, str], *, now: datetime
) -> Step:
    number = f"rehearsal{dice.token_hex(10)}"

    def question(adapter: ChannelAdapter, _: Merchant, stamp: Stamp) -> HttpRequest:
        request = adapter.query(merchant, number, placed_at=now, now=stamp.now, nonce=stamp.nonce)
        return replace(request, headers={**request.headers, **headers})

    try:
        line.ask_as(merchant, question)
    except ChannelOrderUnknown:
        return Step(key=named, proven=True, because="the channel knows no such order")
    except DomainError as refused:
        return Step(key=named, proven=False, because=refused.code)
    return Step(key=named, proven=False, because="the channel knows an order that never was")
