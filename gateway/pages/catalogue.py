"""Words in other languages: reads .po files and writes .mo files, so that nobody needs gettext.

The Chinese sentence in the source is the key; a catalogue gives its English. The compiled file is
kept beside its source, and a test holds them equal.
"""

from __future__ import annotations

import ast
import struct
from collections.abc import Iterator, Mapping

_MAGIC = 0x950412DE
_HEADER_SIZE = 28


class CatalogueUnreadable(ValueError):
    """A line of a .po file that means nothing here; the message names the line."""


def read(text: str) -> dict[str, str]:
    """Key to translation, the header under the empty key. CatalogueUnreadable.

    Understands what translators' tools write for single sentences: comments, `msgid`, `msgstr`
    and lines that go on. Plurals and contexts are refused: sentences here do without.
    """
    found: dict[str, str] = {}
    said: dict[str, list[str]] = {}
    at = ""
    for number, raw in enumerate([*text.splitlines(), ""], start=1):
        line = raw.strip()
        if line.startswith("#"):
            if "fuzzy" in line:
                raise CatalogueUnreadable(f"line {number}: a fuzzy translation is none")
            continue
        if not line:
            _put(found, said, number)
            said, at = {}, ""
        elif line.startswith(("msgid ", "msgstr ")):
            at, _, quoted = line.partition(" ")
            said[at] = [_unquoted(quoted, number)]
        elif line.startswith('"') and at:
            said[at].append(_unquoted(line, number))
        else:
            raise CatalogueUnreadable(f"line {number}: {line[:40]}")
    return found


def compiled(catalogue: Mapping[str, str]) -> bytes:
    """The catalogue as GNU gettext's .mo, which Python reads by itself."""
    rows = [(key.encode(), catalogue[key].encode()) for key in sorted(catalogue)]
    rows.sort()
    at = _HEADER_SIZE + 16 * len(rows)
    tables: list[bytes] = []
    body = b""
    for side in (0, 1):
        table = b""
        for row in rows:
            table += struct.pack("<II", len(row[side]), at + len(body))
            body += row[side] + b"\0"
        tables.append(table)
    second = _HEADER_SIZE + 8 * len(rows)
    head = struct.pack("<7I", _MAGIC, 0, len(rows), _HEADER_SIZE, second, 0, at)
    return head + b"".join(tables) + body


def entries(keys: Mapping[str, str]) -> Iterator[str]:
    """The text of a .po file, entry by entry, in the order given."""
    for key, translated in keys.items():
        yield f"msgid {_quoted(key)}\nmsgstr {_quoted(translated)}\n"


def _put(found: dict[str, str], said: dict[str, list[str]], number: int) -> None:
    if not said:
        return
    if set(said) != {"msgid", "msgstr"}:
        raise CatalogueUnreadable(f"line {number}: an entry is a msgid and a msgstr")
    key = "".join(said["msgid"])
    if key in found:
        raise CatalogueUnreadable(f"line {number}: said twice")
    found[key] = "".join(said["msgstr"])


def _unquoted(text: str, number: int) -> str:
    try:
        value = ast.literal_eval(text)
    except (SyntaxError, ValueError):
        raise CatalogueUnreadable(f"line {number}: not a quoted text") from None
    if not isinstance(value, str):
        raise CatalogueUnreadable(f"line {number}: not a quoted text")
    return value


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return f'"{escaped}"'
