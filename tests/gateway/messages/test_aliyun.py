"""Alibaba Cloud's requests are signed as it publishes, and its answers mean what they say."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from gateway.channels.errors import ChannelSilent
from gateway.channels.port import HttpRequest, HttpResponse
from gateway.messages import aliyun, sending
from gateway.messages.errors import MessageDoubtful, MessageRefused
from gateway.messages.port import SIGN_IN_CODE, ShortMessage

NOW = datetime(2023, 10, 26, 10, 22, 32, tzinfo=UTC)
WHO = aliyun.Credentials(
    key_id="YourAccessKeyId",
    key_secret=b"YourAccessKeySecret",
    sign_name="一卡通",
    templates={SIGN_IN_CODE: "SMS_1"},
)
MESSAGE = ShortMessage(phone="13812340984", template=SIGN_IN_CODE, filled={"code": "042137"})
NONCE = "3156853299f313e23d1673dc12e1703d"


def test_the_published_example_is_signed_alike() -> None:
    headers = aliyun.signed(
        WHO,
        host="ecs.cn-shanghai.aliyuncs.com",
        action="RunInstances",
        version="2014-05-26",
        query={
            "ImageId": "win2019_1809_x64_dtc_zh-cn_40G_alibase_20230811.vhd",
            "RegionId": "cn-shanghai",
        },
        now=NOW,
        nonce=NONCE,
    )
    assert headers["Authorization"].endswith(
        "Signature=06563a9e1b43f5dfe96b81484da74bceab24a1d853912eee15083a6f0f3283c0"
    )


def test_a_code_goes_to_one_phone_and_shows_in_no_repr() -> None:
    asked = aliyun.request_of(MESSAGE, WHO, now=NOW, nonce=NONCE)
    assert asked.method == "POST"
    assert "PhoneNumbers=13812340984" in asked.url
    assert "%22042137%22" in asked.url
    for told in (repr(asked), repr(MESSAGE), repr(WHO)):
        assert "042137" not in told
        assert "13812340984" not in told
        assert "YourAccessKeySecret" not in told


def answer(status: int, body: bytes) -> HttpResponse:
    return HttpResponse(status=status, headers={}, body=body)


def test_ok_is_sent() -> None:
    aliyun.read(answer(200, b'{"Code":"OK","BizId":"1"}'))


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (200, b'{"Code":"isv.BUSINESS_LIMIT_CONTROL"}'),
        (403, b'{"Code":"SignatureDoesNotMatch"}'),
    ],
)
def test_a_word_of_theirs_is_a_refusal(status: int, body: bytes) -> None:
    with pytest.raises(MessageRefused):
        aliyun.read(answer(status, body))


@pytest.mark.parametrize(
    ("status", "body"), [(200, b"<html>"), (503, b'{"Code":"X"}'), (200, b"[]"), (200, b"{}")]
)
def test_anything_else_is_doubt(status: int, body: bytes) -> None:
    with pytest.raises(MessageDoubtful):
        aliyun.read(answer(status, body))


def test_silence_is_doubt_and_only_that_host_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    hosts: list[object] = []

    def silent(asked: HttpRequest, **given: object) -> HttpResponse:
        hosts.append(given["hosts"])
        raise ChannelSilent

    monkeypatch.setattr(sending.transport, "send", silent)
    for name, value in (
        ("SECRET_ALIYUN_SMS_KEY_ID", "id"),
        ("SECRET_ALIYUN_SMS_KEY_SECRET", "secret"),
        ("SMS_SIGN_NAME", "一卡通"),
        ("SMS_TEMPLATE_SIGN_IN_CODE", "SMS_1"),
    ):
        monkeypatch.setenv(name, value)
    with pytest.raises(MessageDoubtful):
        sending.Aliyun().send(MESSAGE, now=NOW)
    (only,) = hosts
    assert [one.host for one in only] == ["dysmsapi.aliyuncs.com"]  # type: ignore[attr-defined]


def test_a_message_is_filled_with_what_its_template_wants() -> None:
    with pytest.raises(ValueError, match="is filled with"):
        ShortMessage(phone="13812340984", template=SIGN_IN_CODE, filled={"text": "x"})
