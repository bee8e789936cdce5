"""Bodies as our own door takes them: JSON that has one meaning, or a clear refusal."""

from __future__ import annotations

from collections.abc import Mapping
from typing import IO, Any

from rest_framework.exceptions import ParseError
from rest_framework.parsers import JSONParser

from gateway.channels.strict_json import NotStrict, read_object


class StrictJSONParser(JSONParser):
    """One JSON object in UTF-8: no key twice, no NaN, no nesting beyond reason."""

    def parse(
        self,
        stream: IO[bytes],
        media_type: str | None = None,
        parser_context: Mapping[str, Any] | None = None,
    ) -> dict[str, Any]:
        """The object. Raises ParseError for everything else."""
        try:
            return dict(read_object(stream.read()))
        except NotStrict as wrong:
            raise ParseError from wrong
