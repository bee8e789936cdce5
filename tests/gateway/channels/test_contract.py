"""Every registered channel passes the shared contract."""

from gateway.channels.registry import channel_names
from tests.gateway.channels.alipay.peer import AlipayPeer
from tests.gateway.channels.banks.peer import GbkPeer, GuomiPeer, Rfc9421Peer
from tests.gateway.channels.contract import ChannelContract
from tests.gateway.channels.unionpay.peer import UnionPayPeer
from tests.gateway.channels.wechatpay.peer import WeChatPeer


class TestWeChatPay(ChannelContract):
    """微信支付 APIv3."""

    peer = WeChatPeer()


class TestAlipay(ChannelContract):
    """支付宝's open platform, in key mode."""

    peer = AlipayPeer()


class TestGuomiBank(ChannelContract):
    """国密报文银行: JSON, SM2."""

    peer = GuomiPeer()


class TestGbkBank(ChannelContract):
    """网银 XML 银行: GBK, RSA."""

    peer = GbkPeer()


class TestRfc9421Bank(ChannelContract):
    """HTTP 消息签名银行."""

    peer = Rfc9421Peer()


class TestUnionPay(ChannelContract):
    """银联 acp 5.1.0."""

    peer = UnionPayPeer()


def test_no_channel_is_left_out_of_the_contract():
    suites = {suite.peer.name for suite in ChannelContract.__subclasses__()}
    assert suites == set(channel_names())
