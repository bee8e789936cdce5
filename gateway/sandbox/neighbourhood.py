"""Who lives beside the gateway in the province in a box: one line a channel."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Neighbour:
    """One simulated institution: a program that speaks `channel` in a process of its own.

    `scenes` are the ways its payers can pay, the first the one of a demonstration.
    """

    channel: str
    program: str
    scenes: tuple[str, ...]

    @property
    def address_name(self) -> str:
        """The environment variable that tells where it is."""
        return f"SANDBOX_{self.channel.upper()}_URL"


NEIGHBOURS = (
    Neighbour(
        channel="wechatpay",
        program="gateway.sandbox.wechat_wallet",
        scenes=("native", "jsapi", "h5"),
    ),
    Neighbour(
        channel="alipay",
        program="gateway.sandbox.alipay_wallet",
        scenes=("native", "jsapi", "h5"),
    ),
    Neighbour(
        channel="unionpay",
        program="gateway.sandbox.unionpay_host",
        scenes=("native", "h5", "app"),
    ),
    Neighbour(
        channel="bank_guomi",
        program="gateway.sandbox.partner_banks.guomi",
        scenes=("native", "h5"),
    ),
    Neighbour(channel="bank_gbk", program="gateway.sandbox.partner_banks.gbk", scenes=("h5",)),
    Neighbour(
        channel="bank_rfc9421",
        program="gateway.sandbox.partner_banks.rfc9421",
        scenes=("h5", "native"),
    ),
)


def neighbour(channel: str) -> Neighbour:
    """The neighbour that speaks this channel; KeyError."""
    return {one.channel: one for one in NEIGHBOURS}[channel]
