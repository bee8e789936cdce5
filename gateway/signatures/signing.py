"""Signs a message: the two fields that go with it, and Content-Digest where there is a body."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from gateway.signatures.base import Component, signature_base
from gateway.signatures.digests import content_digest
from gateway.signatures.fields import InnerList, write_member
from gateway.signatures.keys import SigningKey
from gateway.signatures.messages import Message

REQUEST = ("@method", "@authority", "@path", "@query")
RESPONSE = ("@status",)
_LABEL = re.compile(r"[a-z*][a-z0-9_.*-]{0,63}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What is signed beside the body's digest; `expires` and the texts are left out when empty.

    Content-Digest is covered whenever the message has a body; `digest` says by which hash.
    """

    created: datetime | None
    components: tuple[Component | str, ...] = REQUEST
    expires: datetime | None = None
    nonce: str = ""
    tag: str = ""
    label: str = "sig1"
    says_algorithm: bool = True
    digest: str = "sha-256"


def sign(message: Message, key: SigningKey, wish: Wish) -> Mapping[str, str]:
    """The fields to send: Content-Digest (unless it stands), Signature-Input and Signature.

    The algorithm is the key's. ComponentUnusable when a part to be signed is not there.
    """
    if not _LABEL.fullmatch(wish.label):
        raise ValueError("a label is a structured field's key")
    fields: dict[str, str] = {}
    wanted = [_component(one) for one in wish.components]
    if message.body and not any(one.name == "content-digest" for one in wanted):
        wanted.append(Component("content-digest"))
    digested = any(one.name == "content-digest" for one in wanted)
    if digested and not message.lines("content-digest"):
        fields["Content-Digest"] = content_digest(message.body, wish.digest)
    whole = message.with_headers(**fields)
    covered = InnerList(
        items=tuple((one.name, dict(one.parameters)) for one in wanted),
        parameters=_parameters(key, wish),
    )
    signature = key.sign(signature_base(whole, covered))
    fields["Signature-Input"] = f"{wish.label}={covered.text}"
    fields["Signature"] = write_member(wish.label, signature)
    return fields


def _parameters(key: SigningKey, wish: Wish) -> dict[str, str | int]:
    parameters: dict[str, str | int] = {}
    if wish.created is not None:
        parameters["created"] = int(wish.created.timestamp())
    if wish.expires is not None:
        parameters["expires"] = int(wish.expires.timestamp())
    if wish.nonce:
        parameters["nonce"] = wish.nonce
    if wish.says_algorithm:
        parameters["alg"] = key.algorithm.value
    parameters["keyid"] = key.key_id
    if wish.tag:
        parameters["tag"] = wish.tag
    return parameters


def _component(one: Component | str) -> Component:
    return one if isinstance(one, Component) else Component(one)
