"""What the database itself refuses, whoever speaks SQL as the service."""

from uuid import uuid4

import pytest
from django.db import DatabaseError, connection, transaction

from nfc_topup import lifecycle, queries
from nfc_topup.models import Load, LoadSeal

pytestmark = pytest.mark.django_db

SEAL_COLUMNS = (
    "id, application_id, counter, card_random, balance_raw, mac1, key_version, digits, mac2,"
    " load_key_version, tac_keys"
)


def refused(sql, *parameters):
    """The name of the constraint that refuses, or the error's class for a missing privilege."""
    with (
        pytest.raises(DatabaseError) as error,
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(sql, parameters)
    cause = error.value.__cause__
    return cause.diag.constraint_name or type(cause).__name__


def test_the_database_knows_the_same_moves(talk):
    with connection.cursor() as cursor:
        for kind, moves in (
            ("load", lifecycle.LOAD_MOVES),
            ("inquiry", lifecycle.INQUIRY_MOVES),
            ("card_key", lifecycle.KEY_MOVES),
        ):
            cursor.execute(
                "SELECT from_state, to_state FROM accounts_allowed_move WHERE kind = %s", [kind]
            )
            pairs = {(a, b) for a in moves for b in moves[a]} | {("", next(iter(moves)))}
            assert set(cursor.fetchall()) == pairs


def test_every_other_move_of_a_load_is_refused(talk):
    load_id, _ = talk.sealed()
    for state in ("opened", "abandoned", "sealed ", "failed", "refunding"):
        sql = "UPDATE nfc_topup_load SET state = %s WHERE id = %s"
        assert refused(sql, state, load_id) == "accounts_allowed_move"


def test_a_load_is_not_sealed_without_its_seal(talk):
    load_id = talk.open().load_id
    sql = "UPDATE nfc_topup_load SET state='sealed', counter=7, sealed_at=now() WHERE id = %s"
    assert refused(sql, load_id) == "nfc_topup_sealed_load_has_its_seal"


def test_a_seal_is_never_changed_nor_forgotten(talk):
    load_id, _ = talk.sealed()
    for sql in (
        "UPDATE nfc_topup_loadseal SET mac2 = '00000000' WHERE load_id = %s",
        "DELETE FROM nfc_topup_loadseal WHERE load_id = %s",
        "DELETE FROM nfc_topup_load WHERE id = %s",
    ):
        assert refused(sql, load_id)
    assert LoadSeal.objects.get().mac2 != "00000000"


def test_even_the_owner_of_the_tables_cannot_change_a_seal(owner_connection):
    with pytest.raises(Exception, match="append-only"):
        owner_connection.execute("UPDATE nfc_topup_loadseal SET mac2 = '00000000'")


def test_what_was_ordered_proved_and_counted_stays(talk):
    load_id, _ = talk.load()
    keeps = "nfc_topup_load_keeps_what_was_ordered"
    for change in ("amount_fen = 1", "order_id = gen_random_uuid()", "terminal = '0'"):
        assert refused(f"UPDATE nfc_topup_load SET {change} WHERE id = %s", load_id) == keeps
    for change in ("tac = '00000000'", "counter = 99", "sealed_at = now() + interval '1 day'"):
        sql = f"UPDATE nfc_topup_load SET {change} WHERE id = %s"
        assert refused(sql, load_id) == "nfc_topup_load_keeps_its_counter_and_tac"


def test_a_counter_never_goes_back(talk):
    load_id, _ = talk.load()
    application = queries.get(load_id).application_id
    for value in (7, None):
        sql = "UPDATE nfc_topup_cardapplication SET counter_watermark = %s WHERE id = %s"
        assert refused(sql, value, application) == "nfc_topup_counter_never_goes_back"


def test_one_unresolved_load_one_loaded_per_counter_one_seal_per_challenge(talk):
    load_id, _ = talk.load()
    loaded = queries.get(load_id)
    other = _copy(loaded, state="opened", counter=None, sealed_at=None)
    assert _refused_copy(other) == "nfc_topup_one_unresolved_load_per_application"
    columns = SEAL_COLUMNS + ", sealed_at, created_at, diversifiers"
    sql = f"""INSERT INTO nfc_topup_loadseal (load_id, {columns})
              SELECT %s, gen_random_uuid(), {columns.partition(", ")[2]}
              FROM nfc_topup_loadseal WHERE load_id = %s"""
    assert refused(sql, other.id, load_id) == "nfc_topup_seal_answers_a_challenge_once"


def test_amounts_are_positive(talk):
    talk.load()
    load = Load.objects.get()
    assert _refused_copy(load, amount_fen=0) == "nfc_topup_load_amount_is_positive"


def _copy(load, **changes):
    fields = {f.attname: getattr(load, f.attname) for f in Load._meta.concrete_fields}
    fields |= {"id": uuid4(), "tac": "", "new_balance_fen": None, "ended_by": ""} | changes
    return Load.objects.create(**fields)


def _refused_copy(load, **changes):
    changes = {"state": "opened", "counter": None, "sealed_at": None} | changes
    with pytest.raises(DatabaseError) as error, transaction.atomic():
        _copy(load, **changes)
    return error.value.__cause__.diag.constraint_name
