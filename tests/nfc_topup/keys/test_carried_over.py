"""Keys that were there before custody was: each keeps its value, its state and its place."""

import os
import subprocess
import sys
from uuid import uuid4

import psycopg
import pytest
from psycopg import sql

from tests.house.source import ROOT
from tests.support.template import parameters

BEFORE = """
INSERT INTO nfc_topup_cardkey (id, purpose, index, version, algorithm, levels, kek_name, sealed,
    check_value, state, created_at)
VALUES (gen_random_uuid(), %s, 1, %s, '3des', '["asn8"]', %s, %s, 'ABCDEF', 'active',
    '2026-01-02 03:04:05Z')
"""


@pytest.fixture
def scratch(django_db_setup):
    """A database of its own, made as the migrating role and dropped again; its address."""
    told = parameters("owner")
    name = f"carried_{uuid4().hex[:12]}"
    with psycopg.connect(**told, autocommit=True) as connection:
        connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
        yield told | {"dbname": name}
        connection.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


def migrate(told, *words):
    url = "postgresql://{user}:{password}@{host}:{port}/{dbname}".format(**told)
    done = subprocess.run(
        [sys.executable, "manage.py", "migrate", "--database", "owner", "-v", "0", *words],
        cwd=ROOT, env=os.environ | {"DATABASE_OWNER_URL": url, "DATABASE_URL": url},
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-2000:]


def test_rows_are_carried_over_and_back(scratch):
    migrate(scratch, "nfc_topup", "0002")
    with psycopg.connect(**scratch, autocommit=True) as connection:
        connection.execute(BEFORE, ["load", 1, "card-kek", b"sealed"])
        connection.execute("UPDATE nfc_topup_cardkey SET state = 'retired'")
        connection.execute(BEFORE, ["load", 2, "card-kek", b"sealed too"])
        connection.execute(BEFORE, ["tac", 1, "pkcs11:cards", b""])
    migrate(scratch, "nfc_topup", "0004")
    told = "SELECT purpose, version, home, kek_name, sealed, origin, state, valid_from = created_at"
    with psycopg.connect(**scratch, autocommit=True) as connection:
        rows = connection.execute(f"{told} FROM nfc_topup_cardkey ORDER BY 1, 2").fetchall()
        assert rows == [
            ("load", 1, "software", "card-kek", b"sealed", "test_issuer", "retired", True),
            ("load", 2, "software", "card-kek", b"sealed too", "test_issuer", "active", True),
            ("tac", 1, "cards", "", b"", "test_issuer", "active", True),
        ]
        with pytest.raises(psycopg.errors.RestrictViolation):
            connection.execute("UPDATE nfc_topup_cardkey SET home = 'elsewhere'")
    migrate(scratch, "nfc_topup", "0002")
    with psycopg.connect(**scratch) as connection:
        rows = connection.execute(
            "SELECT kek_name, sealed FROM nfc_topup_cardkey ORDER BY purpose, version"
        ).fetchall()
    assert rows == [("card-kek", b"sealed"), ("card-kek", b"sealed too"), ("pkcs11:cards", b"")]


SEALED_BEFORE = """
INSERT INTO nfc_topup_cardapplication (id, asn, aid, created_at)
    VALUES ({application}, {asn}, {aid}, now());
INSERT INTO nfc_topup_load (id, order_id, application_id, amount_fen, terminal, profile_name,
    load_key_version, tac_key_version, state, opened_at, expires_at, ended_by, mac1_refusals, tac,
    opened_by_kind, opened_by_id, created_at)
    VALUES ({load}, gen_random_uuid(), {application}, 100, '0', {profile}, 3, 5, 'opened', now(),
            now(), '', 0, '', '', '', now());
INSERT INTO nfc_topup_loadseal (id, load_id, application_id, counter, card_random, balance_raw,
    mac1, key_version, digits, mac2, diversifiers, sealed_at, created_at)
    VALUES (gen_random_uuid(), {load}, {application}, 7, '00000000', 0, '00000000', 1,
            '20261122110000', '00000000', '["4910000000000001"]', now(), now());
UPDATE nfc_topup_load SET state = 'sealed', counter = 7, sealed_at = now() WHERE id = {load};
"""


def test_loads_and_seals_of_before_get_their_index_and_versions(scratch):
    migrate(scratch, "nfc_topup", "0007")
    profiles = {"tunion": 1, "city": 257, "sandbox:index=2": 2, "forgotten": None}
    with psycopg.connect(**scratch, autocommit=True) as connection:
        for number, profile in enumerate(profiles):
            words = {
                "application": uuid4(),
                "load": uuid4(),
                "asn": f"{number:020d}",
                "aid": "A0" * 8,
            }
            words |= {"profile": profile, "asn": f"{number:020d}"}
            connection.execute(
                sql.SQL(SEALED_BEFORE).format(**{k: sql.Literal(v) for k, v in words.items()})
            )
    migrate(scratch, "nfc_topup")
    told = """SELECT l.profile_name, l.key_index, s.load_key_version, s.tac_keys
                FROM nfc_topup_load l JOIN nfc_topup_loadseal s ON s.load_id = l.id"""
    with psycopg.connect(**scratch, autocommit=True) as connection:
        rows = connection.execute(told).fetchall()
        assert {row[0]: row[1] for row in rows} == profiles
        factors = ["4910000000000001"]
        assert {(row[2], str(row[3])) for row in rows} == {
            (3, str([{"factors": factors, "version": 5}]))
        }
        for changed in ("loadseal SET load_key_version = 4", "load SET key_index = 9"):
            with pytest.raises(psycopg.errors.DatabaseError):
                connection.execute(f"UPDATE nfc_topup_{changed}")
    migrate(scratch, "nfc_topup", "0007")
