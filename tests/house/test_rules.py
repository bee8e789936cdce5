"""The rules of the house hold in every module, and each rule catches what it is there for."""

from collections.abc import Callable, Iterator

import pytest

from tests.house import rules
from tests.house.source import Module, modules, parse, within
from tests.house.source import test_modules as modules_of_tests

Rule = Callable[[Module], Iterator[str]]

MONEY = ("reserve_funds/", "nfc_topup/", "gateway/payments/", "gateway/topup/", "gateway/channels/")
QUEUE_MAY_BE_NAMED_IN = ("accounts/",)
SAVES_MAY_BE_IN = ("accounts/", "gateway/sandbox/")
MEASURES = "reserve_funds/ledger/bench"
CLOCK_MAY_BE_READ_IN = ("accounts/clock.py", "gateway/sandbox/", MEASURES)
FLOATS_MAY_BE_IN = ("gateway/channels/transport.py", MEASURES)


def written(*starts: str, but: tuple[str, ...] = ()) -> list[Module]:
    chosen = within(*starts) if starts else list(modules())
    return [
        one for one in chosen if not one.is_migration and not one.path.startswith(but or ("?",))
    ]


KEPT: list[tuple[Rule, Callable[[], list[Module]]]] = [
    (rules.swallowed_errors, lambda: [*modules(), *modules_of_tests()]),
    (rules.saves, lambda: written(but=SAVES_MAY_BE_IN)),
    (rules.overridden_saves, written),
    (rules.floats, lambda: written(*MONEY, but=FLOATS_MAY_BE_IN)),
    (rules.compared_authenticators, written),
    (rules.queue_bells, lambda: written(but=QUEUE_MAY_BE_NAMED_IN)),
    (rules.pickles, lambda: [*modules(), *modules_of_tests()]),
    (rules.read_clocks, lambda: written(but=CLOCK_MAY_BE_READ_IN)),
    (rules.cascades, lambda: list(modules())),
    (rules.lengths, written),
    (rules.missing_openings, lambda: [*written(), *modules_of_tests()]),
    (rules.nameless_modules, lambda: [*modules(), *modules_of_tests()]),
]  # fmt: skip


@pytest.mark.parametrize(("rule", "where"), KEPT, ids=[rule.__name__ for rule, _ in KEPT])
def test_the_whole_house_keeps_the_rule(rule: Rule, where: Callable[[], list[Module]]) -> None:
    findings = [finding for module in where() for finding in rule(module)]

    assert not findings, f"{rule.__doc__}\n" + "\n".join(findings)


BROKEN = [
    (rules.swallowed_errors, "try:\n    x()\nexcept Exception:\n    pass"),
    (rules.swallowed_errors, "try:\n    x()\nexcept:\n    pass"),
    (rules.swallowed_errors, "try:\n    x()\nexcept (KeyError, Exception):\n    pass"),
    (rules.saves, "order.save()"),
    (rules.saves, "order.save(update_fields=['state'])"),
    (rules.overridden_saves, "class Order(models.Model):\n    def save(self): ..."),
    (rules.overridden_saves, "from django.db.models.signals import post_save"),
    (rules.overridden_saves, "from django.dispatch import receiver"),
    (rules.floats, "amount = 1.5"),
    (rules.floats, "amount = float(text)"),
    (rules.compared_authenticators, "ok = answer.mac1 == expected"),
    (rules.compared_authenticators, "ok = expected != kept_signature"),
    (rules.queue_bells, "from django_q.tasks import async_task"),
    (rules.queue_bells, "import django_q.tasks"),
    (rules.pickles, "import pickle"),
    (rules.read_clocks, "from django.utils import timezone\nmoment = timezone.now()"),
    (rules.read_clocks, "import datetime\nmoment = datetime.datetime.now(tz)"),
    (rules.cascades, "owner = ForeignKey(Person, on_delete=models.CASCADE)"),
    (rules.lengths, "x = 1\n" * 301),
    (rules.lengths, "def long():\n" + "    x = 1\n" * 60),
    (rules.missing_openings, "x = 1"),
    (rules.missing_openings, '"""Too short."""'),
]


@pytest.mark.parametrize(("rule", "text"), BROKEN)
def test_the_rule_catches_what_it_is_there_for(rule: Rule, text: str) -> None:
    assert list(rule(parse(text)))


KEEPING = [
    (rules.swallowed_errors, "try:\n    x()\nexcept BaseException:\n    undo()\n    raise"),
    (rules.saves, "picture.save(file)"),
    (rules.compared_authenticators, "ok = len(mac1) == MAC_LENGTH"),
    (rules.swallowed_errors, "try:\n    x()\nexcept (KeyError, ValueError):\n    pass"),
    (rules.floats, "amount_fen = 150"),
    (rules.compared_authenticators, "ok = compare_digest(answer.mac1, expected)"),
    (rules.compared_authenticators, "ok = design == other"),
    (rules.compared_authenticators, "ok = len(mac1) == 4"),
    (rules.read_clocks, "def act(now): return now"),
    (rules.lengths, "def short():\n" + "    x = 1\n" * 59),
]


@pytest.mark.parametrize(("rule", "text"), KEEPING)
def test_the_rule_lets_good_code_pass(rule: Rule, text: str) -> None:
    assert not list(rule(parse(text)))


def test_a_module_named_after_nothing_is_found() -> None:
    assert list(rules.nameless_modules(parse("", "gateway/payments/utils.py")))
