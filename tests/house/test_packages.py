"""What is installed is what was locked: every package pinned, hashed, the same in both locks."""

import re

import pytest

from tests.house.source import ROOT

PINNED = re.compile(r"^([A-Za-z0-9._-]+)(?:\[[a-z,]+\])?==([^\s;\\]+)", re.MULTILINE)
LOCKS = ("requirements.lock", "requirements-dev.lock")


def pins(name: str) -> dict[str, str]:
    found = PINNED.findall((ROOT / name).read_text())
    return {package.lower().replace("_", "-"): version for package, version in found}


@pytest.mark.parametrize("name", LOCKS)
def test_every_locked_package_has_a_hash(name: str) -> None:
    entries = re.split(r"^(?=[A-Za-z0-9])", (ROOT / name).read_text(), flags=re.MULTILINE)

    assert all("--hash=sha256:" in entry for entry in entries if entry.strip())


@pytest.mark.parametrize(
    ("asked", "lock"), [("requirements.txt", LOCKS[0]), ("requirements-dev.txt", LOCKS[1])]
)
def test_what_was_asked_for_is_what_was_locked(asked: str, lock: str) -> None:
    assert pins(asked).items() <= pins(lock).items()


def test_tests_run_on_the_very_packages_that_serve() -> None:
    assert pins(LOCKS[0]).items() <= pins(LOCKS[1]).items()


@pytest.mark.parametrize("name", [*LOCKS, "requirements.txt", "requirements-dev.txt"])
def test_no_place_to_fetch_from_is_written_down(name: str) -> None:
    assert "://" not in (ROOT / name).read_text()
