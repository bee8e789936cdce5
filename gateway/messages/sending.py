"""Sends short messages: through the provider in use, outside of transactions, and discreetly."""

from __future__ import annotations

import os
import secrets as dice
from datetime import datetime

from accounts import secrets
from accounts.sign_in_codes import Asked
from gateway.channels import transport
from gateway.channels.errors import ChannelSilent
from gateway.channels.transport import AllowedHost, Patience
from gateway.messages import aliyun, port
from gateway.messages.errors import MessageDoubtful
from gateway.messages.port import ASSIST_CODE, SIGN_IN_CODE, ShortMessage

_PATIENCE = Patience(connect_seconds=2.0, read_seconds=4.0, whole_seconds=6.0)


def send_code(asked: Asked, *, now: datetime) -> None:
    """Send a sign-in code to its phone. NoMessenger, MessageRefused, MessageDoubtful."""
    message = ShortMessage(phone=asked.phone, template=SIGN_IN_CODE, filled={"code": asked.code})
    port.in_use().send(message, now=now)


def send_consent(asked: Asked, *, now: datetime) -> None:
    """Send a code by which somebody lets a counter act for them. As `send_code`."""
    message = ShortMessage(phone=asked.phone, template=ASSIST_CODE, filled={"code": asked.code})
    port.in_use().send(message, now=now)


class Aliyun:
    """Alibaba Cloud, by the credentials of the environment and the secret store."""

    name = "aliyun"

    def send(self, message: ShortMessage, *, now: datetime) -> None:
        """Hand it over. MessageRefused, MessageDoubtful."""
        asked = aliyun.request_of(message, _credentials(), now=now, nonce=dice.token_hex(16))
        try:
            answer = transport.send(
                asked, hosts=[AllowedHost(host=aliyun.HOST)], now=now, patience=_PATIENCE
            )
        except ChannelSilent as silent:
            raise MessageDoubtful from silent
        aliyun.read(answer)


def _credentials() -> aliyun.Credentials:
    return aliyun.Credentials(
        key_id=secrets.read("aliyun-sms-key-id").decode().strip(),
        key_secret=secrets.read("aliyun-sms-key-secret").strip(),
        sign_name=os.environ["SMS_SIGN_NAME"],
        templates=_templates(),
    )


def _templates() -> dict[str, str]:
    """The provider's code of each text, by SMS_TEMPLATE_ and its name; no other."""
    named = {name: os.environ.get(f"SMS_TEMPLATE_{name.upper()}", "") for name in port.TEMPLATES}
    return {name: code for name, code in named.items() if code}
