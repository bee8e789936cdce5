"""Every sentence on a page is there in both languages, and what is compiled is what was written."""

from __future__ import annotations

import gettext
import io
import re
from pathlib import Path

import pytest

from gateway.pages import catalogue, sentences
from gateway.pages.management.commands.sentences import ENGLISH, rooms
from tests.house.source import ROOT

ROOMS = rooms()
CHINESE = re.compile(r"[\u4e00-\u9fff]")
TEMPLATES = sorted((ROOT / "gateway").rglob("*.html"))


def english_of(room: Path) -> dict[str, str]:
    return catalogue.read((room / ENGLISH).read_text(encoding="utf-8"))


def test_there_are_rooms_with_sentences() -> None:
    assert {"pages", "console"} <= {room.name for room in ROOMS}


@pytest.mark.parametrize("room", ROOMS, ids=lambda room: room.name)
def test_every_sentence_has_its_english_and_no_english_is_left_over(room: Path) -> None:
    said, english = set(sentences.of_room(room)), english_of(room)
    assert said == set(english) - {""}
    assert [key for key, text in english.items() if not text.strip()] == []
    assert [text for key, text in english.items() if key and CHINESE.search(text)] == []


@pytest.mark.parametrize("room", ROOMS, ids=lambda room: room.name)
def test_what_is_filled_in_is_the_same_in_both(room: Path) -> None:
    hole = re.compile(r"%\(\w+\)s")
    for key, text in english_of(room).items():
        assert sorted(hole.findall(key)) == sorted(hole.findall(text)), key


@pytest.mark.parametrize("room", ROOMS, ids=lambda room: room.name)
def test_the_compiled_catalogue_is_the_written_one(room: Path) -> None:
    kept = (room / ENGLISH).with_suffix(".mo").read_bytes()
    assert kept == catalogue.compiled(english_of(room))
    told = gettext.GNUTranslations(io.BytesIO(kept))
    assert all(told.gettext(key) == text for key, text in english_of(room).items() if key)


def test_one_sentence_is_not_translated_in_two_ways() -> None:
    seen: dict[str, str] = {}
    for room in ROOMS:
        for key, text in english_of(room).items():
            if key:
                assert seen.setdefault(key, text) == text, key


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda path: path.stem)
def test_no_chinese_stands_bare_in_a_template(template: Path) -> None:
    text = template.read_text(encoding="utf-8")
    told = re.sub(r"{%\s*blocktranslate.*?endblocktranslate\s*%}", "", text, flags=re.DOTALL)
    bare = re.sub(r"{%.*?%}|{#.*?#}", "", told).replace(">简体中文<", "><").replace("：", "")
    assert CHINESE.findall(bare) == []


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda path: path.stem)
def test_no_style_no_script_and_no_stranger_in_a_template(template: Path) -> None:
    text = template.read_text(encoding="utf-8")
    assert not re.search(r"\sstyle=|<style|\son[a-z]+=\"|javascript:", text)
    assert not re.search(r"<script(?![^>]*\ssrc=\"{% static)", text)
    assert not re.search(r"(?:src|href)=\"(?:https?:)?//", text)
    assert "|safe" not in text
    assert "autoescape" not in text


BROKEN = [
    'msgid "a"',
    'msgid "a"\nmsgstr b',
    "x\n",
    '#, fuzzy\nmsgid "a"\nmsgstr "b"',
    'msgid "a"\nmsgstr "b"\n\nmsgid "a"\nmsgstr "c"',
    'msgid "a"\nmsgid_plural "b"',
]


@pytest.mark.parametrize("text", BROKEN)
def test_a_catalogue_that_cannot_be_meant_is_unreadable(text: str) -> None:
    with pytest.raises(catalogue.CatalogueUnreadable):
        catalogue.read(text)


def test_what_is_written_is_read_again() -> None:
    said = {"": "x: y\n", 'he said "so"\\': "line\nline", "钱": "money"}
    assert catalogue.read("\n".join(catalogue.entries(said))) == said
