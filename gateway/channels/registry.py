"""The list of payment channels the house speaks: one line a channel."""

from gateway.channels.alipay.adapter import Alipay
from gateway.channels.banks.adapter import PartnerBank
from gateway.channels.banks.profiles import PROFILES
from gateway.channels.errors import ChannelNotKnown
from gateway.channels.port import ChannelAdapter
from gateway.channels.unionpay.adapter import UnionPay
from gateway.channels.wechatpay.adapter import WeChatPay

_LISTED: tuple[ChannelAdapter, ...] = (
    WeChatPay(),
    Alipay(),
    UnionPay(),
    *(PartnerBank(profile) for profile in PROFILES),
)
_ADAPTERS = {adapter.name: adapter for adapter in _LISTED}


def adapter(channel: str) -> ChannelAdapter:
    """The adapter of that name; ChannelNotKnown."""
    try:
        return _ADAPTERS[channel]
    except KeyError:
        raise ChannelNotKnown("no such channel", channel=channel[:40]) from None


def channel_names() -> tuple[str, ...]:
    """Every channel there is, in the order of the list."""
    return tuple(_ADAPTERS)
