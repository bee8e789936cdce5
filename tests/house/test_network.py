"""No test reaches a network beyond loopback."""

import socket

import pytest


@pytest.mark.parametrize("address", [("192.0.2.1", 80), ("2001:db8::1", 80), ("example.cn", 443)])
def test_leaving_the_machine_is_refused(address: tuple[str, int]) -> None:
    family = socket.AF_INET6 if ":" in address[0] else socket.AF_INET
    with socket.socket(family) as caller:
        with pytest.raises(AssertionError, match="a test reached for"):
            caller.connect(address)
        with pytest.raises(AssertionError, match="a test reached for"):
            caller.connect_ex(address)


def test_loopback_is_open() -> None:
    with socket.socket() as listener, socket.socket() as caller:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        caller.connect(listener.getsockname())
