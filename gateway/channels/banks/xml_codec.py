"""XML in GBK or GB18030 as banks write it: no DTD, no entities, no comments, bounded, one meaning.

The bytes are decoded here, strictly, by the encoding the profile knows; the parser sees characters
only, so neither a byte order mark nor a false declaration can make it read something else.
"""

import re
from dataclasses import dataclass
from xml.parsers import expat
from xml.sax.saxutils import escape

from gateway.channels.banks.codecs import Words
from gateway.channels.banks.forms import NotInForm, Value

_DECLARATION = re.compile(r'<\?xml version="1\.0" encoding="([A-Za-z0-9-]{2,20})"\s*\?>')
_ELEMENT = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,63}")
_CONTROL = re.compile(r"[\x00-\x1f\x7f\ud800-\udfff\ufffe\uffff]")
LONGEST_BODY = 1 << 20
DEEPEST = 6
MOST_ELEMENTS = 400
LONGEST_TEXT = 4096


@dataclass(frozen=True, slots=True, kw_only=True)
class GbkXml:
    """Elements without attributes under one root; characters outside GBK travel as &#x...;."""

    root: str
    encoding: str = "GBK"

    @property
    def content_type(self) -> str:
        """text/xml with the charset."""
        return f"text/xml; charset={self.encoding}"

    def write(self, words: Words) -> bytes:
        """Elements nested by the dots of the paths, one after the other, nothing between them."""
        tree: dict[str, object] = {}
        for path, value in words.items():
            *parents, leaf = path.split(".")
            holder = tree
            for parent in parents:
                holder = holder.setdefault(parent, {})  # type: ignore[assignment]
            holder[leaf] = value
        text = f'<?xml version="1.0" encoding="{self.encoding}"?>{_element(self.root, tree)}'
        return text.encode(self.encoding, "xmlcharrefreplace")

    def read(self, body: bytes) -> Words:
        """Texts by path below the root; an empty element counts as absent. NotInForm."""
        if len(body) > LONGEST_BODY:
            raise NotInForm("longer than a message may be")
        text = self._characters(body)
        reading = _Reading(self.root)
        reading.run(text)
        return reading.words

    def _characters(self, body: bytes) -> str:
        """What the bytes say, once declared and real encoding agree; without the declaration."""
        try:
            text = body.decode(self.encoding)
        except UnicodeDecodeError as wrong:
            hint = " (they are UTF-8)" if _is_utf8(body) else ""
            raise NotInForm(
                f"the bytes are not {self.encoding} at byte {wrong.start}{hint}"
            ) from None
        found = _DECLARATION.match(text)
        if found is None:
            raise NotInForm("the XML declaration is not the first thing, or not in its form")
        if found.group(1).upper() != self.encoding:
            raise NotInForm(f"declared {found.group(1)[:20]}, agreed {self.encoding}")
        return text[found.end() :]


def _element(name: str, content: object) -> str:
    if isinstance(content, dict):
        inside = "".join(_element(inner, value) for inner, value in content.items())
    else:
        if _CONTROL.search(str(content)):
            raise NotInForm(f"{name} holds a character that XML cannot carry")
        inside = escape(str(content))
    return f"<{name}>{inside}</{name}>"


def _is_utf8(body: bytes) -> bool:
    try:
        body.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


class _Reading:
    """One pass of the parser that refuses everything a bank's message has no reason to hold."""

    def __init__(self, root: str) -> None:
        self._root = root
        self._path: list[str] = []
        self._texts: list[list[str]] = []
        self._has_children: list[bool] = []
        self._seen: set[tuple[str, ...]] = set()
        self.words: dict[str, Value] = {}

    def run(self, text: str) -> None:
        """Fills `words`; NotInForm."""
        parser = expat.ParserCreate("utf-8")
        parser.buffer_text = True
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.CharacterDataHandler = self._text
        parser.StartDoctypeDeclHandler = self._refuse
        parser.EntityDeclHandler = self._refuse
        parser.ExternalEntityRefHandler = self._refuse
        parser.SkippedEntityHandler = self._refuse
        parser.CommentHandler = self._refuse
        parser.ProcessingInstructionHandler = self._refuse
        parser.StartCdataSectionHandler = self._refuse
        try:
            parser.Parse(text.encode("utf-8", "strict"), True)
        except (expat.ExpatError, UnicodeEncodeError):
            raise NotInForm("not well-formed XML") from None

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        if attributes or not _ELEMENT.fullmatch(name):
            raise NotInForm(f"an element with attributes or a strange name: {name[:64]!r}")
        if not self._path and name != self._root:
            raise NotInForm(f"the root is {name[:64]!r}, agreed is {self._root}")
        if self._has_children:
            self._has_children[-1] = True
        self._path.append(name)
        here = tuple(self._path)
        if here in self._seen:
            raise NotInForm(f"{'.'.join(here[1:])} stands twice")
        self._seen.add(here)
        if len(self._path) > DEEPEST or len(self._seen) > MOST_ELEMENTS:
            raise NotInForm("deeper or more than a message may be")
        self._texts.append([])
        self._has_children.append(False)

    def _end(self, _: str) -> None:
        text, parent = "".join(self._texts.pop()), self._has_children.pop()
        path = ".".join(self._path[1:])
        self._path.pop()
        if parent:
            if text.strip():
                raise NotInForm(f"text between the elements of {path or self._root}")
        elif text:
            if len(text) > LONGEST_TEXT or _CONTROL.search(text):
                raise NotInForm(f"{path} is not a plain text")
            self.words[path] = text

    def _text(self, text: str) -> None:
        self._texts[-1].append(text)

    def _refuse(self, *_: object) -> int:
        raise NotInForm("a DTD, entity, comment, instruction or CDATA has no place in a message")
