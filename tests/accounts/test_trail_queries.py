"""One subject's trail is found whole, whichever kind of subject it is written under."""

import re

from accounts import clock, trail, trail_queries
from accounts.actors import WORKER
from accounts.identifiers import new_id
from tests.house.source import modules

WRITTEN = re.compile(r"subject=f\"([a-z_]+):")


def test_every_kind_that_the_house_writes_is_looked_for():
    written = {kind for module in modules() for kind in WRITTEN.findall(module.text)}
    assert len(written) > 5
    assert written <= set(trail_queries.KINDS)


def test_acts_and_alarms_are_found_by_the_id_alone(db):
    now = clock.now()
    mine, other = new_id(now), new_id(now)
    for one in (mine, other):
        trail.record("looked", actor=WORKER, now=now, subject=f"load:{one}")
        trail.alarm("smelled", actor=WORKER, now=now, subject=str(one))
    assert [one.subject for one in trail_queries.entries_about(mine)] == [f"load:{mine}"]
    assert [one.subject for one in trail_queries.alarms_about(mine)] == [str(mine)]


def test_alarms_come_newest_first_and_by_kind(db):
    now = clock.now()
    for code in ("console_a", "console_b", "console_a"):
        trail.alarm(code, actor=WORKER, now=now)
    rows = list(trail_queries.alarms(code="console_a"))
    assert [one.code for one in rows] == ["console_a", "console_a"]
    assert rows[0].pk > rows[1].pk
    assert list(trail_queries.alarms(code="console_a", before=rows[0].pk)) == rows[1:]
