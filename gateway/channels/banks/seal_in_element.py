"""A signature in an XML element of its own, over every other byte of the body."""

import base64
import re
from dataclasses import dataclass
from datetime import datetime

from gateway.channels.banks.codecs import Words
from gateway.channels.banks.forms import Moments, NotInForm, Value
from gateway.channels.banks.proving import (
    Claims,
    Draft,
    Opened,
    Proof,
    Received,
    check_fresh,
    check_nonce,
    check_signature,
    sign,
)
from gateway.channels.banks.xml_codec import LONGEST_BODY, GbkXml
from gateway.channels.rsa_keys import signature_bytes
from gateway.channels.unproven import Doubt, Unproven
from gateway.channels.values import HttpRequest, Merchant
from gateway.signatures.keys import Algorithm


@dataclass(frozen=True, slots=True, kw_only=True)
class SealInElement:
    """Signed are the exact bytes before <Signature> and after </Signature>, joined.

    With `covers`, the name of one element, signed are the exact bytes between its tags instead:
    then everything that is believed must lie in it, and words outside of it are not read.

    In GBK and GB18030 no second byte of a character is "<", so that the element is found in the
    bytes without decoding them. Nothing is parsed before its signature has been verified.
    """

    codec: GbkXml
    algorithm: Algorithm
    moments: Moments
    algorithm_word: str
    key_id: str = "Head.KeyId"
    at: str = "Head.SendTime"
    nonce: str = "Head.Nonce"
    algorithm_name: str = "Head.SignType"
    element: str = "Signature"
    covers: str = ""

    dresses_bare_questions: bool = False

    @property
    def algorithms(self) -> frozenset[Algorithm]:
        """The one."""
        return frozenset({self.algorithm})

    def dress(self, merchant: Merchant, draft: Draft, *, now: datetime, nonce: str) -> HttpRequest:
        """The document with its signature as the last element."""
        words: dict[str, Value] = {
            **draft.words,
            self.key_id: merchant.signing_serial,
            self.at: self.moments.write(now),
            self.nonce: nonce,
            self.algorithm_name: self.algorithm_word,
        }
        unsigned = self.codec.write(words)
        end = f"</{self.codec.root}>".encode()
        made = base64.b64encode(sign(merchant, self.algorithm, self._covered(unsigned))).decode()
        element = f"<{self.element}>{made}</{self.element}>".encode()
        return HttpRequest(
            method=draft.method,
            url=draft.url,
            headers={"Content-Type": self.codec.content_type, "Accept": self.codec.content_type},
            body=unsigned.removesuffix(end) + element + end,
        )

    def open(self, merchant: Merchant, received: Received, *, now: datetime) -> Opened:
        """Signature first, then the words."""
        unsigned, signature = self._parted(received.body)
        key_id = self._named_key(received.body)
        check_signature(
            merchant, self.algorithm, key_id, unsigned, signature_bytes(signature.decode())
        )
        words = self._words(received.body)
        if self.covers:
            words = {path: text for path, text in words.items() if self._is_covered(path)}
        if words.get(self.key_id) != key_id:
            raise Unproven(Doubt.UNSIGNED, f"{self.key_id} is not where it belongs")
        if words.get(self.algorithm_name) != self.algorithm_word:
            raise Unproven(Doubt.UNSIGNED, "another algorithm than the key's is named")
        nonce = str(words.get(self.nonce, ""))
        check_nonce(nonce)
        try:
            signed_at = self.moments.read(words.get(self.at, ""))
        except NotInForm as wrong:
            raise Unproven(Doubt.UNSIGNED, str(wrong)) from None
        check_fresh(signed_at, now)
        return Opened(proof=Proof(key_id=key_id, nonce=nonce, signed_at=signed_at), words=words)

    def claims(self, received: Received) -> Claims:
        """What the document claims; it is read for this without being believed."""
        signature = self._parted(received.body)[1]
        words = self._words(received.body)
        return Claims(
            key_id=str(words.get(self.key_id, "")),
            at=str(words.get(self.at, "")),
            nonce=str(words.get(self.nonce, "")),
            algorithm=str(words.get(self.algorithm_name, "")),
            signature=signature.decode(),
        )

    def canonical(self, received: Received) -> bytes:
        """The body without its signature element, or the covered element's own bytes."""
        return self._parted(received.body)[0]

    def _parted(self, body: bytes) -> tuple[bytes, bytes]:
        """The signed bytes and the signature's text."""
        if len(body) > LONGEST_BODY:
            raise Unproven(Doubt.UNREADABLE, "longer than a message may be")
        form = rf"<{self.element}>([A-Za-z0-9+/=]{{1,2048}})</{self.element}>".encode()
        found = re.findall(form, body)
        if len(found) != 1 or body.count(f"<{self.element}".encode()) != 1:
            raise Unproven(Doubt.UNSIGNED, f"{self.element} is missing, twice, or not Base64")
        before, _, rest = body.partition(f"<{self.element}>".encode())
        after = rest.partition(f"</{self.element}>".encode())[2]
        return self._covered(before + after), found[0]

    def _covered(self, unsigned: bytes) -> bytes:
        """All of it, or the exact bytes between the tags of the one covered element."""
        if not self.covers:
            return unsigned
        start, end = f"<{self.covers}>".encode(), f"</{self.covers}>".encode()
        if unsigned.count(start) != 1 or unsigned.count(end) != 1:
            raise Unproven(Doubt.UNSIGNED, f"{self.covers} is missing or given twice")
        return unsigned.partition(start)[2].partition(end)[0]

    def _is_covered(self, path: str) -> bool:
        return path == self.covers or path.startswith(f"{self.covers}.")

    def _named_key(self, body: bytes) -> str:
        name = self.key_id.rpartition(".")[2]
        found: list[bytes] = re.findall(rf"<{name}>([!-;=-~]{{1,64}})</{name}>".encode(), body)
        if len(found) != 1:
            raise Unproven(Doubt.UNSIGNED, f"{name} is missing or given twice")
        return found[0].decode()

    def _words(self, body: bytes) -> Words:
        try:
            return self.codec.read(body)
        except NotInForm as wrong:
            raise Unproven(Doubt.UNREADABLE, str(wrong)) from None
