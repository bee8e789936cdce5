"""The way to the console's pages: in groups, each page once, the one that is open marked."""

from __future__ import annotations

import re

import pytest

from accounts import roles
from gateway.console import navigation
from tests.house.source import ROOT
from tests.support.officers import Seated, seat

ENTRIES = [entry for group in navigation.GROUPS for entry in group.entries]
GROUP = re.compile(r'<details class="group"( open)?><summary>.*?<span>(.*?)</span>')
ENTRY = re.compile(r'<a href="(/console/[^"]*)"( aria-current="page")?>')


def drawn(seated: Seated, path: str) -> tuple[dict[str, bool], list[str], list[str]]:
    """The groups and whether each is open, every address, and those marked as the present one."""
    page = seated.client.get(path).content.decode()
    part = page.partition('<nav class="side"')[2].partition("</nav>")[0]
    found = ENTRY.findall(part)
    groups = {word: bool(is_open) for is_open, word in GROUP.findall(part)}
    return groups, [address for address, _ in found], [address for address, at in found if at]


def test_each_page_of_the_console_belongs_to_one_entry_and_each_entry_to_one_group() -> None:
    names = [entry.name for entry in ENTRIES]
    assert len(names) == len(set(names))
    pages = "\n".join(
        one.read_text(encoding="utf-8") for one in (ROOT / "gateway/console").rglob("*.py")
    )
    assert set(re.findall(r'"here": "([a-z-]+)"', pages)) == set(names)
    assert all(bool(group.word) == bool(group.icon) for group in navigation.GROUPS)


def test_the_group_of_the_present_page_is_open_and_the_others_are_folded(db: None) -> None:
    auditor = seat((roles.AUDITOR, None))
    groups, addresses, current = drawn(auditor, "/console/custody/outflows")
    assert [word for word, is_open in groups.items() if is_open] == ["资金"]
    assert len(groups) == len(navigation.GROUPS) - 1
    assert current == ["/console/custody/outflows"]
    assert len(addresses) == len(set(addresses)) == len(ENTRIES) - 1, "all but the counter's"
    groups, _, current = drawn(auditor, "/console/approvals")
    assert (not any(groups.values()), current) == (True, ["/console/approvals"])


@pytest.mark.parametrize(
    ("role", "pool", "path", "group"),
    [
        (roles.KIOSK_OPERATOR, 1, "/console/kiosks", "终端与现金"),
        (roles.CLERK, 1, "/console/assist", "客户服务"),
    ],
)
def test_whoever_has_few_pages_sees_them_all_and_no_door_that_is_shut(
    db: None, role: str, pool: int, path: str, group: str
) -> None:
    seated = seat((role, pool))
    groups, addresses, current = drawn(seated, path)
    assert groups[group]
    assert all(groups.values())
    assert current == [path]
    assert [seated.client.get(one).status_code for one in addresses] == [200] * len(addresses)
