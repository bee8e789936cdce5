"""What the sandbox wallet keeps when it is killed, and whom it obeys."""

import http.client
import signal
import threading

import pytest

from gateway.channels.errors import (
    ChannelSilent,
)
from gateway.channels.port import PaymentState, RefundState
from gateway.channels.registry import adapter
from gateway.sandbox.neighbours.control import NeighbourRefused
from gateway.sandbox.wechat_wallet.wallet import WalletState
from tests.sandbox.wechat_wallet.process import OurSide, WalletProcess

wechat = adapter("wechatpay")


def test_everything_survives_kill_nine(tmp_path, door):
    with WalletProcess(tmp_path) as process:
        process.know_merchant()
        us = OurSide(process, door)
        door.forget()
        door.answers_with = 500
        order_no = us.paid()
        us.wallet.faults(refund_closed=3)
        refund = us.refund_wish(order_no, 5000)
        us.refund(refund)
        before, keys = us.wallet.book(), us.wallet.keys()
        process.end(signal.SIGKILL)
        process.start()
        after = us.wallet.book()
        assert after["orders"] == before["orders"]
        assert [row["refund_no"] for row in after["refunds"]] == [refund.refund_no]
        assert us.wallet.keys() == keys
        assert us.query(order_no).state is PaymentState.PAID
        door.forget()
        us.wallet.advance(60)
        assert us.query_refund(refund).state is RefundState.CLOSED
        assert {notice.event_type for notice in us.notices(at_least=2)} == {
            "TRANSACTION.SUCCESS",
            "REFUND.CLOSED",
        }


def test_whatever_was_answered_before_kill_nine_is_there_after_it(tmp_path, door):
    with WalletProcess(tmp_path) as process:
        process.know_merchant()
        us = OurSide(process, door)
        answered: list[str] = []

        def keep_ordering():
            try:
                while True:
                    answered.append(us.create()[0])
            except (ChannelSilent, OSError, http.client.HTTPException):
                return

        threads = [threading.Thread(target=keep_ordering) for _ in range(3)]
        for thread in threads:
            thread.start()
        while len(answered) < 30:
            pass
        process.end(signal.SIGKILL)
        for thread in threads:
            thread.join()
        process.start()
        kept = {row["order_no"] for row in us.wallet.book()["orders"]}
        assert set(answered) <= kept


def test_the_control_plane_listens_to_this_machine_by_its_own_name_only(us):
    connection = http.client.HTTPConnection("127.0.0.1", us.running.port)
    connection.request("GET", "/_sandbox/book", headers={"Host": "rebound.example"})
    assert connection.getresponse().status == 403
    connection.close()
    with pytest.raises(NeighbourRefused, match="BAD_CONTROL"):
        us.wallet.faults(no_such_switch=1)


def test_its_book_and_keys_are_for_our_eyes_only(tmp_path):
    place = tmp_path / "wallet"
    place.mkdir(mode=0o755)
    WalletState(place)
    assert place.stat().st_mode & 0o777 == 0o700
