"""One session with a token: every step of a card's keys that it can take runs inside it.

Only vault processes import this module: the bindings call C_Initialize without locks and crash
under threads. Which step leaves the token, and why, is told in docs/hsm.md.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from typing import Any

import pkcs11
from pkcs11 import Attribute, KeyType, Mechanism, MechanismFlag, ObjectClass

from nfc_topup.vault import algorithms
from nfc_topup.vault.errors import (
    KeyUnknown,
    KeyUnusable,
    MessageRefused,
    VaultMisconfigured,
)
from nfc_topup.vault.pkcs11_keys import (
    FORMS,
    KEPT,
    NO_USE,
    asked_check_value,
    both_halves,
    check_value,
    derived,
    unless_loose,
    uses,
)
from nfc_topup.vault.pkcs11_wire import TokenSettings, label_of, ref_of
from nfc_topup.vault.port import KeyRef, Mac1Refused, Purpose

LONGEST_MESSAGE = 64


class TokenSession:
    """Answers about keys by name; derived keys are session objects and are destroyed at once."""

    def __init__(self, settings: TokenSettings, pin: str, *, may_write: bool = False) -> None:
        """Log in; pkcs11's errors, or VaultMisconfigured when the token lacks a mechanism."""
        self._form = FORMS[settings.session_key]
        token = pkcs11.lib(settings.module).get_token(token_label=settings.token)
        held = {int(mechanism) for mechanism in token.slot.get_mechanisms()}
        for mechanism in (Mechanism.DES3_ECB_ENCRYPT_DATA, self._form.mechanism):
            if int(mechanism) not in held:
                raise VaultMisconfigured("the token lacks a mechanism", needs=mechanism.name)
        self._token = token
        self._session = token.open(rw=may_write, user_pin=pin)
        self._found: dict[str, Any] = {}
        self._own: dict[str, bool] = {}

    def close(self) -> None:
        """Log out; what this session derived or kept for itself is gone."""
        self._session.close()

    def about(self) -> dict[str, str]:
        """What the token says of itself."""
        version = self._token.firmware_version
        return {
            "token": self._token.label.strip(),
            "model": self._token.model.strip(),
            "maker": self._token.manufacturer_id.strip(),
            "firmware": ".".join(str(part) for part in version),
        }

    def authorise(
        self,
        key: KeyRef,
        diversifiers: Sequence[bytes],
        session_input: bytes,
        mac1_message: bytes,
        mac1: bytes,
        mac2_message: bytes,
    ) -> bytes | Mac1Refused:
        """See port.Vault."""
        _refuse_shape(mac2_message)
        with self._load_session(key, diversifiers, session_input) as session:
            if not self._verifies(session, mac1_message, mac1):
                return Mac1Refused(key=key)
            return self._mac(session, mac2_message)

    def verify_mac1(
        self,
        key: KeyRef,
        diversifiers: Sequence[bytes],
        session_input: bytes,
        mac1_message: bytes,
        mac1: bytes,
    ) -> bool:
        """See port.Vault."""
        with self._load_session(key, diversifiers, session_input) as session:
            return self._verifies(session, mac1_message, mac1)

    def verify_tac(
        self, key: KeyRef, diversifiers: Sequence[bytes], message: bytes, tac: bytes
    ) -> bool:
        """See port.Vault. No token can XOR two keys of its own, so that one step is done here.

        What leaves is this card's TAC key, for the time of one answer; never the issuer's. A TAC
        key that came in as one card's own was combined then, and works inside.
        """
        _refuse_shape(message)
        if key.purpose is not Purpose.TAC:
            raise KeyUnknown("a key works for its own purpose only", purpose=key.purpose)
        if not diversifiers:
            return self._verifies(self._key(label_of(key), own=True), message, tac)
        *levels, last = diversifiers
        with (
            self._card_key(key, levels) as above,
            derived(above, both_halves(last), KeyType.GENERIC_SECRET, NO_USE, shown=True) as shown,
        ):
            value = bytes(shown[Attribute.VALUE])
        expected = algorithms.mac(algorithms.tac_key(value), message)
        return algorithms.same(expected, tac)

    def keep(self, ref: KeyRef, clear: bytes, *, own: bool, lasting: bool) -> str:
        """Bring a key in, never to come out; its check value, compared with what the token tells.

        `own` says that it is one card's key, with no level below it. A key that does not last
        belongs to this session and takes the place of its namesake.
        """
        label = label_of(ref)
        older = self._search(label)
        if lasting and older:
            raise KeyUnusable("the token holds a key of this name", key=label)
        for key in older:
            key.destroy()
        self._found.pop(label, None)
        made = self._session.create_object(
            {
                **KEPT,
                **uses(encrypts := own and ref.purpose is Purpose.TAC),
                Attribute.CLASS: ObjectClass.SECRET_KEY,
                Attribute.KEY_TYPE: self._form.kind if encrypts else KeyType.DES2,
                Attribute.TOKEN: lasting,
                Attribute.MODIFIABLE: False,
                Attribute.LABEL: label,
                Attribute.ID: label.encode(),
                Attribute.VALUE: algorithms.tac_key(clear) * self._form.times
                if encrypts
                else clear,
            }
        )
        expected = algorithms.check_value(clear)
        told = check_value(made)
        if told and not encrypts and not algorithms.same(told, expected):
            made.destroy()
            raise KeyUnusable("the token's check value is not ours", key=label)
        return expected.hex().upper()

    def held(self) -> dict[str, str]:
        """The check value of every secret key in the token, by name; empty where it tells none.

        Asked of a key of ours itself where the token keeps none: an issuer's key derives it (by
        ecb-zeros), a transport key makes a CMAC (cmac-zeros).
        """
        wanted = {Attribute.CLASS: ObjectClass.SECRET_KEY, Attribute.TOKEN: True}
        told = {}
        for key in list(self._session.get_objects(wanted)):  # one search at a time
            name = str(key[Attribute.LABEL])
            value = check_value(key)
            if not value and ref_of(name) is not None:
                value = asked_check_value(key)
            told[name] = value.hex().upper()
        return told

    @contextmanager
    def _load_session(
        self, ref: KeyRef, diversifiers: Sequence[bytes], session_input: bytes
    ) -> Iterator[Any]:
        """The key of one load, made inside: the random, the counter and 8000 under the card's."""
        if ref.purpose is not Purpose.LOAD:
            raise KeyUnknown("a key works for its own purpose only", purpose=ref.purpose)
        if len(session_input) != algorithms.BLOCK:
            raise MessageRefused("a session input has 8 bytes", length=len(session_input))
        data = session_input * self._form.times
        with (
            self._card_key(ref, diversifiers) as card_key,
            derived(card_key, data, self._form.kind, MechanismFlag.ENCRYPT) as session,
        ):
            yield session

    @contextmanager
    def _card_key(self, ref: KeyRef, diversifiers: Sequence[bytes]) -> Iterator[Any]:
        """The key after its levels, each made inside from the one above."""
        key = self._key(label_of(ref))
        with ExitStack() as made:
            for factor in diversifiers:
                key = made.enter_context(
                    derived(key, both_halves(factor), KeyType.DES2, MechanismFlag.DERIVE)
                )
            yield key

    def _verifies(self, session: Any, message: bytes, given: bytes) -> bool:
        return algorithms.same(self._mac(session, message), given)

    def _mac(self, session: Any, message: bytes) -> bytes:
        _refuse_shape(message)
        padded = message + b"\x80" + bytes(-(len(message) + 1) % algorithms.BLOCK)
        blocks = session.encrypt(
            padded, mechanism=self._form.mechanism, mechanism_param=bytes(algorithms.BLOCK)
        )
        return bytes(blocks[-algorithms.BLOCK :][: algorithms.MAC_LENGTH])

    def _key(self, label: str, *, own: bool = False) -> Any:
        """The key of this name; KeyUnusable when it may leave or does other things than it should.

        `own` asks for one card's TAC key, which encrypts; every other key derives and no more.
        """
        key = self._found.get(label)
        if key is None:
            found = self._search(label)
            if not found:
                raise KeyUnknown("the token holds no such key", key=label)
            if len(found) > 1:
                raise KeyUnusable("the token holds two keys of one name", key=label)
            key = self._found[label] = found[0]
            self._own[label] = unless_loose(key, label)
        if self._own[label] is not own:
            raise KeyUnusable("a card's own key and an issuer's are asked differently", key=label)
        return key

    def _search(self, label: str) -> list[Any]:
        wanted = {
            Attribute.CLASS: ObjectClass.SECRET_KEY,
            Attribute.LABEL: label,
            Attribute.ID: label.encode(),
        }
        return list(self._session.get_objects(wanted))


def _refuse_shape(message: bytes) -> None:
    if not 1 <= len(message) <= LONGEST_MESSAGE:
        raise MessageRefused("a MAC covers 1 to 64 bytes", length=len(message))
