"""Explains one thing by its trail: moves, privileged acts, alarms and what was owed, as facts."""

from __future__ import annotations

import re
from collections.abc import Mapping
from uuid import UUID

from django.utils.functional import Promise
from django.utils.translation import gettext as _

from accounts import officers, trail, trail_queries
from accounts.models import Approval, AuditEntry, Duty, SecurityEvent, Transition
from gateway.console import words
from gateway.pages.timeline import Fact

_SOURCE_OF_ACTOR = {
    "citizen": "person",
    "officer": "person",
    "kiosk": "card",
    "channel": "notice",
    "worker": "house",
    "system": "house",
}
_ID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


def of_approval(asked: Approval, names: Mapping[str, str]) -> list[Fact]:
    """The story of one approval: asked, decided, carried out or lapsed."""
    story = [
        Fact(at=asked.asked_at, source="person", title=_("提交审批"), by=names["maker"]),
    ]
    for move in trail.history(Approval.TRAIL_KIND, asked.pk):
        meaning, word = words.of(words.APPROVAL, move.to_state)
        by = names["checker"] if move.actor_kind == "officer" else ""
        source = _SOURCE_OF_ACTOR[move.actor_kind]
        story.append(Fact(at=move.moved_at, source=source, title=word, meaning=meaning, by=by))
    return story


def of_subject(subject_id: UUID) -> list[Fact]:
    """Everything the trail knows of one id, whatever it is; empty when it knows nothing."""
    moves = trail_queries.moves_of(subject_id)
    entries = trail_queries.entries_about(subject_id)
    alarms = trail_queries.alarms_about(subject_id)
    owed = trail_queries.duties_about(subject_id)
    actors = [(one.actor_kind, one.actor_id) for one in moves]
    actors += [(one.actor_kind, one.actor_id) for one in entries]
    actors += [(one.actor_kind, one.actor_id) for one in alarms]
    names = officers.names_of(own_id for kind, own_id in actors if kind == "officer")
    return [
        *(_of_move(one, names) for one in moves),
        *(_of_entry(one, names) for one in entries),
        *(_of_alarm(one, names) for one in alarms),
        *(_of_duty(one) for one in owed),
    ]


def moves_of(subject_id: UUID, titles: Mapping[str, str | Promise]) -> list[Fact]:
    """The moves of one thing, each called as `titles` calls its new state."""
    moves = trail_queries.moves_of(subject_id)
    names = officers.names_of(one.actor_id for one in moves if one.actor_kind == "officer")
    return [
        Fact(
            at=one.moved_at,
            source=_SOURCE_OF_ACTOR.get(one.actor_kind, "house"),
            title=titles.get(one.to_state, one.to_state),
            by=who(one.actor_kind, one.actor_id, names),
            details=((_("缘由"), one.because),) if one.because else (),
        )
        for one in moves
    ]


def _of_move(move: Transition, names: Mapping[str, str]) -> Fact:
    before = f"{move.from_state} → " if move.from_state else ""
    return Fact(
        at=move.moved_at,
        source=_SOURCE_OF_ACTOR.get(move.actor_kind, "house"),
        title=f"{move.kind}: {before}{move.to_state}",
        by=who(move.actor_kind, move.actor_id, names),
        details=((_("缘由"), move.because),) if move.because else (),
    )


def _of_entry(entry: AuditEntry, names: Mapping[str, str]) -> Fact:
    return Fact(
        at=entry.acted_at,
        source=_SOURCE_OF_ACTOR.get(entry.actor_kind, "house"),
        title=words.act(entry.act),
        by=who(entry.actor_kind, entry.actor_id, names),
        details=_told(entry.facts),
    )


def _of_alarm(event: SecurityEvent, names: Mapping[str, str]) -> Fact:
    return Fact(
        at=event.happened_at,
        source=_SOURCE_OF_ACTOR.get(event.actor_kind, "house"),
        title=words.act(event.code),
        meaning="wrong",
        by=who(event.actor_kind, event.actor_id, names),
        details=_told(event.facts),
    )


def _of_duty(owed: Duty) -> Fact:
    meaning, word = words.of(words.DUTY, owed.state)
    said = [(_("次数"), str(owed.attempts))]
    said += [(_("代码"), owed.last_code)] if owed.last_code else []
    said += [(_("缘由"), owed.last_because)] if owed.last_because else []
    title = f"{words.DUTIES.get(owed.kind, owed.kind)} · {word}"
    at = owed.finished_at or owed.owed_at
    return Fact(at=at, source="house", title=title, meaning=meaning, details=tuple(said))


def _told(facts: Mapping[str, object]) -> tuple[tuple[str, str], ...]:
    return tuple((name, str(value)) for name, value in facts.items() if value is not None)


def source_of(actor_kind: str) -> str:
    """Where a fact is known from, by who acted."""
    return _SOURCE_OF_ACTOR.get(actor_kind, "house")


def who(kind: str, actor_id: str, names: Mapping[str, str]) -> str:
    """Who acted, as people say it: an officer's name, else the kind and what tells it apart."""
    if kind == "officer":
        return names.get(actor_id, actor_id[:8])
    if kind in ("system", "worker"):
        return str(words.ACTORS["system"])
    short = actor_id[:8] if _ID.fullmatch(actor_id) else actor_id
    return f"{words.ACTORS.get(kind, kind)} {short}"


def id_in(text: str) -> UUID | None:
    """The id within a subject (`load:0198…`) or a line somebody pasted; None when there is none."""
    found = _ID.search(text.lower())
    return UUID(found[0]) if found else None
