"""Whatever is rotated, loaded and torn in whatever order: a card under a serving key is loaded, no
other ever is, and what is on the cards is what the rows say."""

import os
from itertools import count

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from accounts import secrets, trail
from accounts.actors import SYSTEM
from accounts.identifiers import new_id
from nfc_topup import queries
from nfc_topup.errors import KeyVersionNotServing, KeyVersionUnknown
from nfc_topup.keyring import KEK_NAME
from nfc_topup.keys import inventory
from nfc_topup.keys.homes import Rows
from nfc_topup.lifecycle import MOST_SERVING, SERVING
from nfc_topup.models import CardKey, Load, LoadSeal
from nfc_topup.vault import algorithms
from nfc_topup.vault.port import KeyRef
from tests.nfc_topup.conftest import NOW
from tests.nfc_topup.keys.field import LEVELS, PAIR, card_of
from tests.support.campaign import size

LIVES = size(25, 600)
ACTS = st.one_of(
    st.sampled_from(["rotate", "rotate", "retire"]),
    st.tuples(st.sampled_from(["load", "torn-after", "torn-before", "tap"]), st.integers(0, 7)),
)
READINGS = ["", "sandbox:version=load", "sandbox-key-version"]
_bytes = count(1)


class Issuer:
    """Master keys by version, and one card under each, whatever serves."""

    def __init__(self, operator, profile):
        self.operator, self.profile = operator, profile
        self.versions, self.talks, self.expected = [], [], []

    def rotate(self):
        if len(self.serving()) == MOST_SERVING:
            return
        masters = {name: os.urandom(16).hex() for name, _ in PAIR}
        byte, rows = next(_bytes) % 256, []
        for name, purpose in PAIR:
            rows.append(put_to_work(bytes.fromhex(masters[name]), purpose, byte))
        self.versions.append(rows)
        self.talks.append(card_of(masters, 0, self.operator, byte=byte, profile=self.profile))
        self.expected.append(self.talks[-1].balance)

    def retire(self):
        """The oldest outgoing pair goes."""
        for pair in self.versions:
            for row in pair:
                row.refresh_from_db()
            if {row.state for row in pair} == {"outgoing"}:
                for row in pair:
                    trail.advance(row, to="retired", actor=SYSTEM, because="moved", now=NOW)
                return

    def serving(self):
        return [pair for pair in self.versions if self.serves(pair)]

    @staticmethod
    def serves(pair):
        return CardKey.objects.get(pk=pair[0].pk).state in SERVING

    def act(self, what, number):
        number %= len(self.talks)
        talk = self.talks[number]
        if queries.unresolved_load_of(talk.card) is not None:
            outcome = talk.evidence().outcome
            assert outcome == ("loaded" if talk.balance == self.expected[number] else "not_loaded")
            self.expected[number] = talk.balance
            return
        if what == "tap":
            return
        if not self.serves(self.versions[number]):
            opened = talk.open()
            with pytest.raises((KeyVersionNotServing, KeyVersionUnknown)):
                talk.seal(opened.load_id, talk.pipe(opened.script))
            return
        load_id, seal = talk.sealed()
        if what != "load":
            talk.chip.line("!" + what.replace("torn", "tear"))
        outcome = talk.prove(load_id, talk.pipe(seal.script)).outcome
        assert outcome == ("loaded" if what == "load" else "in_doubt")
        self.expected[number] += 1000
        assert LoadSeal.objects.get(load_id=load_id).load_key_version == (
            self.versions[number][0].version
        )

    def agrees(self):
        """Every doubt ends at the next tap, and the inventory's counts are the loads'."""
        for number in range(len(self.talks)):
            self.act("tap", number)
        for number, talk in enumerate(self.talks):
            assert talk.balance == self.expected[number]
        done = Load.objects.filter(state="loaded").count()
        assert sum(talk.balance - 500 for talk in self.talks) == 1000 * done
        use = {row.id: row.use for row in inventory.rows(NOW)}
        for load_row, tac_row in self.versions:
            seals = LoadSeal.objects.filter(load_key_version=load_row.version).count()
            assert use[load_row.id].sealed == seals
            opened = Load.objects.filter(state="opened", load_key_version=load_row.version).count()
            assert use[load_row.id].unresolved == use[tac_row.id].unresolved == opened


def put_to_work(clear, purpose, byte):
    """The next version of a test key, active; the one before is outgoing, as by a ceremony."""
    rows = CardKey.objects.filter(purpose=purpose, index=1)
    ref = KeyRef(purpose=purpose, index=1, version=rows.count() + 1)
    rest = Rows().keep(ref, clear, own=False)
    for row in rows.filter(state="active"):
        trail.advance(row, to="outgoing", actor=SYSTEM, because="newer", now=NOW)
    row = CardKey.objects.create(
        id=new_id(NOW),
        purpose=purpose,
        index=1,
        version=ref.version,
        algorithm="3des",
        levels=LEVELS,
        card_byte=byte,
        home=rest.home,
        kek_name=rest.kek_name,
        sealed=rest.sealed,
        check_value=algorithms.check_value(clear).hex().upper(),
        origin="test_issuer",
        valid_from=NOW,
    )
    trail.advance(row, to="active", actor=SYSTEM, because="test", now=NOW)
    return row


def test_a_card_is_loaded_by_its_own_serving_version_and_no_other(software, operator):
    secrets.read_key(KEK_NAME)

    @settings(
        max_examples=LIVES,
        database=None,
        suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
    )
    @given(profile=st.sampled_from(READINGS), acts=st.lists(ACTS, min_size=4, max_size=14))
    def life(profile, acts):
        with transaction.atomic():
            issuer = Issuer(operator, profile)
            issuer.rotate()
            for act in acts:
                if isinstance(act, str):
                    getattr(issuer, act)()
                else:
                    issuer.act(*act)
            issuer.agrees()
            transaction.set_rollback(True)

    life()
