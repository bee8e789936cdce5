"""The inventory tells every key with its use, in a constant number of questions, never a value."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from nfc_topup.keys import inventory
from nfc_topup.keys.sandbox_issuer import import_test_keys
from nfc_topup.models import CardKey
from tests.nfc_topup.conftest import MASTERS, NOW

pytestmark = pytest.mark.django_db


def row_of(purpose, index=1, state="active"):
    [row] = [
        row
        for row in inventory.rows(NOW)
        if (row.purpose, row.index, row.state) == (purpose, index, state)
    ]
    return row


def test_use_is_counted_from_loads_for_the_version_they_began_with(new_talk, keys_file, tmp_path):
    one, two = new_talk(), new_talk(balance=500)
    one.load()
    two.sealed()
    load, tac = row_of("load"), row_of("tac")
    assert (load.use.begun, load.use.sealed, load.use.unresolved) == (2, 2, 1)
    assert (tac.use.begun, tac.use.sealed, tac.use.unresolved) == (2, 0, 1)
    assert load.use.last_at == NOW
    assert row_of("load", index=2).use == inventory.Use()
    other = tmp_path / "other.json"
    other.write_text(
        '{"MLK": "0F1E2D3C4B5A69780123456789ABCDEF", "MTK": "A1B2C3D4E5F60718293A4B5C6D7E8F90"}',
        encoding="utf-8",
    )
    import_test_keys(other, indices=(1,), now=NOW)
    assert row_of("load").use == inventory.Use()
    assert row_of("load", state="retired").use.begun == 2


def test_the_number_of_questions_does_not_grow_with_keys_or_loads(new_talk, keys_file):
    talk = new_talk()
    talk.load()
    with CaptureQueriesContext(connection) as few:
        inventory.rows(NOW)
    for _ in range(3):
        talk.wait(minutes=5)
        talk.load()
    import_test_keys(keys_file, indices=tuple(range(20, 30)), now=NOW)
    with CaptureQueriesContext(connection) as many:
        rows = inventory.rows(NOW)
    assert len(many) == len(few) <= 4
    assert len(rows) == CardKey.objects.count()


def test_no_row_shows_a_value_or_its_sealed_form(new_talk):
    new_talk().load()
    told = repr(inventory.rows(NOW)).lower()
    for name in ("MLK", "MTK"):
        assert MASTERS[name].lower() not in told
    for key in CardKey.objects.exclude(sealed=b""):
        assert bytes(key.sealed).hex() not in told
    assert row_of("load").check_value.lower() in told
