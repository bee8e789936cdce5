"""A budget of tries is spent before the try, refilled by time or by success, and then forgotten."""

from datetime import timedelta

from accounts import budgets, clock, tasks
from accounts.models import Budget

WINDOW = timedelta(minutes=15)


def spend(name, now):
    return budgets.spend(name, limit=3, window=WINDOW, now=now)


def test_so_many_and_no_more_until_the_window_is_over(db):
    now = clock.now()
    assert [spend("a", now) for _ in range(5)] == [True, True, True, False, False]
    assert not spend("a", now + WINDOW - timedelta(seconds=1))
    assert [spend("a", now + WINDOW) for _ in range(4)] == [True, True, True, False]


def test_budgets_do_not_share(db):
    now = clock.now()
    assert [spend("a", now) for _ in range(3)] == [True] * 3
    assert spend("b", now)


def test_a_success_refills(db):
    now = clock.now()
    for _ in range(4):
        spend("a", now)
    budgets.refill("a")
    assert spend("a", now)


def test_names_are_blind():
    name = budgets.blind("sign-in", "zhang.san")
    assert "zhang" not in name
    assert name == budgets.blind("sign-in", "zhang.san") != budgets.blind("other", "zhang.san")


def test_old_budgets_are_forgotten_and_young_ones_kept(db):
    now = clock.now()
    spend("old", now - timedelta(days=3))
    spend("young", now)
    tasks.forget_budgets()
    kept = set(Budget.objects.filter(name__in=["old", "young"]).values_list("name", flat=True))
    assert kept == {"young"}
