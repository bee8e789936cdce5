"""Cards in the field: personalised under one master key or another, whatever we rotate to."""

from itertools import count

from accounts.identifiers import new_id
from accounts.models import TransitCard
from gateway.sandbox.virtual_card import CardState, Quirks, VirtualCard, card_keys
from nfc_topup.vault.port import Purpose
from tests.nfc_topup.conftest import NOW, Talk
from tests.nfc_topup.keys.conftest import in_use

OLD = {"MLK": "A7C3195B2E4F60D18B5A3C7E9F1D2B46", "MTK": "5D0E9C3A7B1F4826E1D3C5B7A9F80244"}
NEW = {"MLK": "C491E7230B5D8F6A1F3E5C7B9AD80642", "MTK": "7B2D4F6180A3C5E7D9FB1E304254687A"}
NEWER = {"MLK": "1B9F3D5C7E20486A9D0B2F4E6C81A3C7", "MTK": "E3A5C7092B4D6F81A1C3E5072B496D8F"}
LEVELS = ["city2x4", "asn8"]
PAIR = (("MLK", Purpose.LOAD), ("MTK", Purpose.TAC))
_numbers = count(7_000)


def issue(keys, **words):
    """Both keys of an issuer, in use; load first."""
    return [in_use(bytes.fromhex(keys[name]), purpose=purpose, **words) for name, purpose in PAIR]


def card_of(keys, number, operator, *, byte=1, profile="", key_index=1, algorithm=0x00):
    """A talk with a card personalised under these keys, which answers `byte` as key version."""
    asn = f"031051700188{number or next(_numbers):08d}"
    dlk, dtk = card_keys({**keys, "levels": LEVELS}, asn, algorithm)
    state = CardState(asn=asn, dlk=dlk, dtk=dtk, balances={"1": 0, "2": 500}, counter=3)
    card = TransitCard.objects.create(
        id=new_id(NOW), asn=asn, operator=operator, added_at=NOW, profile_name=profile
    )
    quirks = Quirks(key_version=byte, key_index=key_index, algorithm=algorithm)
    return Talk(card=card, chip=VirtualCard(state, quirks=quirks))
