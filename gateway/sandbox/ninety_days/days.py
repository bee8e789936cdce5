"""Runs the days: business, the bank's night, the morning's reading, decisions, the close."""

from __future__ import annotations

import io
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from pathlib import Path

from accounts.actors import SYSTEM
from gateway.sandbox.ninety_days import desk
from gateway.sandbox.ninety_days.bank import Word
from gateway.sandbox.ninety_days.business import Day
from gateway.sandbox.ninety_days.faults import CASE, REFUSAL, Fault
from gateway.sandbox.ninety_days.plan import Plan, drawn
from gateway.sandbox.ninety_days.world import INTEREST_WORDS, World, morning, opened, seated
from reserve_funds import tasks
from reserve_funds.chart import CoverReason
from reserve_funds.custody.bank import booking, corrections, taking
from reserve_funds.custody.bank.models import StatementFile
from reserve_funds.custody.closing import services as closing
from reserve_funds.custody.coverage import figures, watching
from reserve_funds.custody.errors import StatementDiffers
from reserve_funds.custody.matching import acts, bank_side
from reserve_funds.custody.matching import services as matching
from reserve_funds.custody.matching.models import Line
from reserve_funds.custody.matching.proposing import Choice
from reserve_funds.custody.rules import calendar
from reserve_funds.ledger import pools, queries
from reserve_funds.refs import account

YEARS = Path(__file__).parent / "years"
SETTLING = 16  # after so many days every fault has been found and ended
_DAY = timedelta(days=1)
_INTEREST_FEN = 37
_LONG_TAIL = 25  # the house folds every minute; here a night is all there is of a day


@dataclass(slots=True)
class Outcome:
    """What the run came to: the worlds with their truths, what was not green, seconds by part."""

    worlds: list[World]
    first: date
    days: int
    closed: int = 0
    not_green: list[str] = field(default_factory=list)
    seconds: dict[str, float] = field(default_factory=dict)
    lines: int = 0

    @contextmanager
    def part(self, name: str) -> Iterator[None]:
        began = time.perf_counter()
        yield
        self.seconds[name] = self.seconds.get(name, 0.0) + time.perf_counter() - began


def run(
    pool_numbers: Sequence[int],
    *,
    days: int,
    times: int,
    seed: int,
    first: date,
    now: datetime,
    on_day: Callable[[date, int], None] = lambda _day, _number: None,
) -> Outcome:
    """Simulates `days` days of faults and as many more as it takes until all of them are over.

    `first` is today or later: what happens is in the future of the machine's clock, since the book
    stamps what it books with that clock. TooFewDays. Open no transaction around it.
    """
    every_day = [first + number * _DAY for number in range(days + SETTLING)]
    _tell_years(every_day)
    if not acts.is_taken_on(Choice.ASK_CLEARING):
        acts.take_on(Choice.ASK_CLEARING, _the_platform_is_asked)
    plan = drawn(pool_numbers, every_day[:days], times, seed=seed)
    officers = seated(now)
    worlds = [opened(pool, first, officers, seed=seed, now=now) for pool in pool_numbers]
    done = Outcome(worlds=worlds, first=first, days=len(every_day))
    business = {world.pool: Day(world) for world in worlds}
    covered = {world.pool: first for world in worlds}
    for number, day in enumerate(every_day):
        on_day(day, number)
        with done.part("business"):
            for world in worlds:
                business[world.pool].passes(day, plan.get((world.pool, day), {}))
        _night(worlds, day, plan, done)
        _morning(worlds, day + _DAY, covered, done)
        with done.part("folding"):
            tasks.fold_long_tails(_LONG_TAIL)
            tasks.fold_holders()
    return done


def _night(worlds: Sequence[World], day: date, plan: Plan, done: Outcome) -> None:
    """The cut, and the bank's statement of the day, which is read next morning."""
    for world in worlds:
        pools.cut(world.pool, day + _DAY)
        world.unclosed.append(day)
        with done.part("statements"):
            _statement(world, day, set(plan.get((world.pool, day), {}).values()))


def _statement(world: World, day: date, faults: set[Fault]) -> None:
    now = morning(day + _DAY)
    words = sorted(world.agenda.bank.pop(day, []), key=lambda word: word.reversal)
    if Fault.CORRECTED in faults:
        words.append(Word(fen=_INTEREST_FEN, remark=INTEREST_WORDS))
        world.files.append((world.bank.draft(day, words[:-1]), {}))
        world.owed_fen += _INTEREST_FEN
    world.files.append(world.bank.printed(day, words))
    if Fault.NO_STATEMENT in faults:
        return
    for content, entries in world.files:
        _taken(world, content, day, now)
        for key, entry in entries.items():
            world.seen.pop(key)(entry)
    world.files.clear()


def _taken(world: World, content: bytes, day: date, now: datetime) -> None:
    try:
        taking.take(
            io.BytesIO(content),
            form=world.account.form,
            name=f"{world.pool}-{day}",
            source="sftp",
            actor=SYSTEM,
            pools=[world.pool],
            now=now,
        )
    except StatementDiffers as refusal:
        truth = world.truths.found(REFUSAL, refusal.code, f"statement:{day}")
        if truth is None:
            raise
        truth.found_on = truth.ended_on = day + _DAY
        truth.how = "correction"
        maker, checker, _third = world.officers
        refused = StatementFile.objects.filter(
            name=f"{world.pool}-{day}", refusal=refusal.code
        ).latest("taken_at")
        asked = corrections.ask(
            refused.id, account=world.account, because="银行更正", maker=maker, now=now
        )
        corrections.accept(asked.id, checker=checker, now=now)


def _morning(worlds: Sequence[World], today: date, covered: dict[int, date], done: Outcome) -> None:
    now = morning(today)
    for world in worlds:
        with done.part("bank booking"):
            booking.book(world.account, now=now)
            desk.tells_joint_payouts_apart(world, now)
        for act in world.agenda.do.pop(today, []):
            act(now)
        with done.part("delivering"):
            _delivered(world, today, done)
    with done.part("delivering"):
        done.lines += bank_side.bring()
    for world in worlds:
        with done.part("matching"):
            matching.run(world.pool, now=now)
        with done.part("officers"):
            if desk.ends_differences(world, today):
                _acts_of(world, today)
                _delivered(world, today, done)
                matching.run(world.pool, now=now)
            desk.ends_cases(world, today)
            covered[world.pool] = desk.covers(world, today, covered[world.pool])
        _close(world, today, done)
    with done.part("coverage"):
        watching.watch(now, pools=[world.pool for world in worlds])


def _acts_of(world: World, today: date) -> None:
    for act in world.agenda.do.pop(today, []):
        act(morning(today))


def _delivered(world: World, today: date, done: Outcome) -> None:
    done.lines += matching.deliver(world.agenda.tell.pop(today, []))


def _close(world: World, today: date, done: Outcome) -> None:
    """Every day that waits, oldest first; then the equation, reckoned a second time beside it."""
    while world.unclosed:
        day = world.unclosed[0]
        with done.part("closing"):
            result = closing.close(world.pool, day, now=morning(today))
        if result.state != "closed":
            if not _is_awaited(world, day):
                failed = [f"{gate.rule}{list(gate.findings)[:3]}" for gate in result.gates
                          if not gate.passed]  # fmt: skip
                done.not_green.append(f"pool {world.pool} {day}: {failed}")
            break
        world.unclosed.pop(0)
        done.closed += 1
    with done.part("coverage"):
        told = figures.of(world.pool)
    owed, due = told.positive_liabilities_fen, told.cover_due_fen + told.overdrawn_fen
    where = f"pool {world.pool} {today}: owed {owed}"
    if owed - told.held_fen != due or told.overdrawn_fen:
        done.not_green.append(f"{where}, held {told.held_fen}, cover due {due}")
    if owed - _own_again_fen(world.pool) != world.owed_fen:
        done.not_green.append(f"{where}, reckoned beside it {world.owed_fen}")


def _own_again_fen(pool: int) -> int:
    """What own money had covered before the loss it was for was undone."""
    sources = (account("own_income_in_reserve", f"overpaid:{reason}") for reason in CoverReason)
    return sum(queries.balance_fen(pool, source) for source in sources)


def _is_awaited(world: World, day: date) -> bool:
    """Whether this day has to stay open: its statement or one of its bills is missing."""
    subject = f"day:{day}"
    injected = world.truths.found(CASE, closing.BLOCKED, subject)
    return injected is not None or (closing.BLOCKED, subject) in world.truths.habits


def _tell_years(days: Sequence[date]) -> None:
    """A year the State Council has not told yet is told by the sandbox's own file."""
    if not all(calendar.knows(day.year) for day in (days[0], days[-1])):
        calendar.read_folder(YEARS)


def _the_platform_is_asked(lines: Sequence[Line], *, now: datetime) -> None:
    """The clearing platform's desk is told by telephone: its answer comes with a later file."""
