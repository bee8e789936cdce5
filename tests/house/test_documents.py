"""What the documents name is there: tests, scripts, commands, other documents."""

from __future__ import annotations

import re

import pytest
from django.core.management import get_commands

from tests.house.source import ROOT

DOCUMENTS = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
TEXT = {document: document.read_text(encoding="utf-8") for document in DOCUMENTS}


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda document: document.name)
def test_every_path_a_document_names_exists(document) -> None:  # type: ignore[no-untyped-def]
    named = set(re.findall(r"`((?:tests|docs|script|deploy)/[\w./-]+)`", TEXT[document]))
    named |= set(re.findall(r"^(script/\w+)", TEXT[document], re.MULTILINE))
    assert {path for path in named if not (ROOT / path).exists()} == set()


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda document: document.name)
def test_every_command_a_document_names_exists(document) -> None:  # type: ignore[no-untyped-def]
    named = set(re.findall(r"manage\.py (\w+)", TEXT[document]))
    assert named - set(get_commands()) == set()


def test_every_promise_of_the_readme_names_a_test() -> None:
    table = TEXT[ROOT / "README.md"].split("| promise | test |")[1].split("\n\n")[0]
    promises = [line for line in table.splitlines() if line.startswith("| ") and "---" not in line]
    assert len(promises) >= 6
    assert all("test" in line.split("|")[2] for line in promises)
