"""No secret of a channel gets into a log line, an exception, the trail or a stored answer."""

from __future__ import annotations

import logging
import traceback
from collections.abc import Iterator

import pytest

from accounts import clock, duties, secrets
from accounts.errors import DomainError
from accounts.models import AuditEntry, Duty, SecurityEvent, Transition
from gateway.channels import transport
from gateway.channels.port import HttpRequest
from gateway.channels.registry import channel_names
from gateway.idempotency.models import StoredAnswer
from gateway.payments import asking
from gateway.payments.models import MerchantAccount
from gateway.sandbox.neighbourhood import neighbour
from tests.support.province import Province, payment_id
from tests.support.wallet import Push


class Everything(logging.Handler):
    """Every record of every logger, formatted with its traceback."""

    def __init__(self) -> None:
        super().__init__(logging.DEBUG)
        self.text: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.text.append(f"{record.getMessage()} {record.__dict__}")
        if record.exc_info:
            self.text.append("".join(traceback.format_exception(*record.exc_info)))


@pytest.fixture
def told() -> Iterator[Everything]:
    everything, root = Everything(), logging.getLogger()
    before = root.level
    root.addHandler(everything)
    root.setLevel(logging.DEBUG)
    yield everything
    root.setLevel(before)
    root.removeHandler(everything)


@pytest.fixture
def signed(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What our requests carried to prove that they are ours."""
    kept: list[str] = []
    real = transport._once

    def once(request: HttpRequest, *rest: object) -> object:
        kept.extend(
            value for name, value in request.headers.items() if name.lower() == "authorization"
        )
        return real(request, *rest)  # type: ignore[arg-type]

    monkeypatch.setattr(transport, "_once", once)
    return kept


@pytest.mark.parametrize("channel", channel_names())
def test_no_secret_of_a_channel_is_told_anywhere(
    province: Province, told: Everything, signed: list[str]
) -> None:
    account = MerchantAccount.objects.get(pool=province.pool)
    walk(province)
    canaries = [line for line in secret_lines(account) if len(line) >= 16] + signed
    assert canaries, "there is something to look for"
    text = "\n".join([*told.text, *rows()])
    assert province.pool
    for canary in canaries:
        assert canary not in text, "a secret was told"
    assert "PRIVATE KEY" not in text


def walk(province: Province) -> None:
    """Payment, notices good and forged, refund, silence, answers that are not the channel's."""
    citizen = province.citizen()
    scene = neighbour(province.channel).scenes[0]
    topup = province.order(citizen, province.card(), scene=scene)
    pushes = province.pay(topup)
    for push in pushes:
        province.deliver(Push(path=push.path, headers=push.headers, body=push.body[:-9]))
        province.deliver(push)
    known = province.wallet.known_faults()
    for fault in ("answer_bad_signature", "no_answer_before", "answer_truncated"):
        if fault in known:
            province.wallet.faults(**{fault: {"times": 2, "on": "query"}})
            try:
                asking.query(payment_id(topup), now=clock.now())
            except DomainError:
                logging.getLogger("test").exception("told with all that led to it")
            province.wallet.behave()
    duties.work(clock.now(), kinds=["notice.apply"])
    province.ask(topup)
    assert citizen.post(f"topups/{topup['id']}/refund").status == 202
    province.carry_refunds(topup)


def secret_lines(account: MerchantAccount) -> list[str]:
    """The account's secrets, and each line of its private key by itself."""
    named = [account.signing_key_secret, account.shared_key_secret]
    found = [secrets.read(name).decode("latin-1") for name in named if name]
    return [line for whole in found for line in whole.splitlines() if "-----" not in line]


def rows() -> Iterator[str]:
    """What is kept for people to read."""
    for model in (SecurityEvent, AuditEntry, Transition, Duty):
        for row in model.objects.order_by("-pk")[:500].values():
            yield str(row)
    for answer in StoredAnswer.objects.order_by("-pk")[:50]:
        yield bytes(answer.body).decode("utf-8", "replace")
