"""Makes operators merchants of the sandbox's partner banks, each under keys of the bank's kind."""

from collections.abc import Callable, Iterable
from pathlib import Path

from accounts import clock, secrets
from accounts.errors import SecretMissing
from accounts.identifiers import new_id
from accounts.models import Operator, PartnerBank
from gateway.channels.banks.profiles import PROFILES
from gateway.sandbox.introductions.acquaintance import (
    Acquaintance,
    our_ed25519_key,
    our_rsa_key,
)
from gateway.sandbox.partner_banks import sm2_math
from gateway.sandbox.partner_banks.bank import BankState
from gateway.sandbox.partner_banks.gbk_speech import GbkSpeech
from gateway.sandbox.partner_banks.guomi_speech import GuomiSpeech
from gateway.sandbox.partner_banks.rfc9421_speech import Rfc9421Speech
from gateway.sandbox.partner_banks.speech import Speech
from gateway.signatures import sm2_keys

NAMES = {profile.name: profile.zh for profile in PROFILES}


def acquaint_guomi(operators: Iterable[Operator], place: Path) -> list[Acquaintance]:
    """One account an operator, under our SM2 key."""
    return _acquaint(operators, place, GuomiSpeech(), _our_sm2_key)


def acquaint_gbk(operators: Iterable[Operator], place: Path) -> list[Acquaintance]:
    """One account an operator, under our RSA key."""
    return _acquaint(operators, place, GbkSpeech(), our_rsa_key)


def acquaint_rfc9421(operators: Iterable[Operator], place: Path) -> list[Acquaintance]:
    """One account an operator, under our Ed25519 key."""
    return _acquaint(operators, place, Rfc9421Speech(), our_ed25519_key)


def _acquaint(
    operators: Iterable[Operator], place: Path, speech: Speech, our_key: Callable[[str], str]
) -> list[Acquaintance]:
    now = clock.now()
    PartnerBank.objects.get_or_create(
        code=speech.channel,
        defaults={"id": new_id(now), "name": NAMES[speech.channel], "added_at": now},
    )
    secret = f"{speech.channel.replace('_', '-')}-sandbox-signing-key"
    serial, public_pem = f"{speech.channel}-ours-1", our_key(secret)
    keys = {key.key_id: key.public_pem.decode() for key in BankState(place, speech).keyring.all()}
    return [
        Acquaintance(
            pool=operator.pool,
            merchant_no=f"B{operator.pool:014d}",
            row={
                "app_no": f"{operator.pool:08d}",
                "signing_serial": serial,
                "signing_key_secret": secret,
                "platform_keys": keys,
            },
            known={
                "app_no": f"{operator.pool:08d}",
                "key_id": serial,
                "public_key_pem": public_pem,
            },
        )
        for operator in operators
    ]


def _our_sm2_key(name: str) -> str:
    try:
        pem = secrets.read(name)
    except SecretMissing:
        private, public = sm2_math.make_pair()
        pem = sm2_keys.write_private(private.to_bytes(32), sm2_keys.public(public))
        secrets.write_sandbox(name, pem)
    return sm2_keys.write_public(sm2_keys.private(pem)[1]).decode()
