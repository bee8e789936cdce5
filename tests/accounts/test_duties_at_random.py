"""Whatever happens in whatever order, owed work is done, given up or still waiting: never lost."""

from datetime import UTC, datetime, timedelta
from uuid import uuid4

from django.db import connection
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from accounts import duties, duty_kinds, duty_rows
from accounts.duties import Later, duty
from accounts.errors import StaleState
from accounts.identifiers import new_id
from accounts.models import Duty

NOW = datetime(2026, 11, 22, 4, 0, tzinfo=UTC)
STEPS = st.lists(
    st.sampled_from(["owe", "done", "fail", "later", "appoint", "die", "zombie", "settle", "wait"]),
    min_size=1,
    max_size=25,
)


class Told:
    """What the model knows: news not yet worked off, and leases whose holders never came back."""

    def __init__(self) -> None:
        self.kind = f"test.{uuid4().hex}"
        self.subject = new_id(NOW)
        self.now = NOW
        self.unseen = False
        self.dead: list[duty_rows.Taken] = []
        self.fences: list[int] = []
        self.answer: object = None
        duty(self.kind, schedule=[timedelta(minutes=1)] * 2)(self.handle)

    def handle(self, subject_id, now):
        if self.answer == "fail":
            raise StaleState
        if self.answer == "later":
            return Later()
        if self.answer == "appoint":
            return Later(at=now + timedelta(minutes=3))
        self.unseen = False
        return None

    def step(self, name: str) -> None:
        self.now += timedelta(seconds=7)
        if name == "owe":
            duties.owe(self.kind, self.subject, now=self.now)
            self.unseen = True
        elif name == "wait":
            self.now += timedelta(minutes=10)
        elif name == "settle":
            duties.settle(self.kind, self.subject, now=self.now)
            self.unseen = False
        elif name == "die":
            terms = duty_kinds.terms_of([self.kind])
            taken = duty_rows.take_due(terms, now=self.now, moment=self.now)
            self.dead += [taken] if taken else []
        elif name == "zombie":
            for taken in self.dead:
                newest = Duty.objects.get(pk=taken.pk)
                believed = duty_rows.done(taken, now=self.now)
                assert believed == (newest.fence == taken.fence and newest.state == "leased")
                self.unseen = self.unseen and not believed
            self.dead.clear()
        else:
            self.answer = name
            duties.work(self.now, kinds=[self.kind], limit=3)

    def check(self) -> None:
        row = Duty.objects.filter(kind=self.kind).first()
        if row is None:
            assert not self.unseen
            return
        self.fences.append(row.fence)
        assert self.fences == sorted(self.fences)
        assert (row.state == "leased") == (row.lease_until is not None)
        assert (row.state in ("done", "given_up")) == (row.finished_at is not None)
        if self.unseen:
            assert row.state in ("owed", "leased", "given_up")


@settings(max_examples=60, suppress_health_check=list(HealthCheck))
@given(STEPS)
def test_nothing_is_lost_and_no_zombie_is_believed(lasting_db, steps):
    told = Told()
    for step in steps:
        told.step(step)
        told.check()
    while Duty.objects.filter(kind=told.kind, state__in=["owed", "leased"]).exists():
        told.step("wait")
        told.step("done")
        told.check()
    duty_kinds.KINDS.pop(told.kind)
    assert connection.get_autocommit()
