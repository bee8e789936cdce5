"""An HTTP message as signatures see it: what the wire said, and nothing a framework made of it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

DEFAULT_PORTS = {"http": "80", "https": "443"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """A request, or a response when `status` is given (`request` is then what it answers).

    `path` and `query` are the bytes of the request line as text, still percent-encoded; `query`
    is without its question mark, None when there was none. `headers` are lines in their order.
    """

    method: str = ""
    authority: str = ""
    path: str = "/"
    query: str | None = None
    scheme: str = "https"
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes = field(default=b"", repr=False)
    status: int | None = None
    request: Message | None = None

    @classmethod
    def to_url(
        cls,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str] | Iterable[tuple[str, str]] = (),
        body: bytes = b"",
    ) -> Message:
        """A request to an absolute URL, which is taken apart without decoding anything."""
        scheme, _, rest = url.partition("://")
        rest = rest.partition("#")[0]
        before, mark, query = rest.partition("?")
        authority, slash, path = before.partition("/")
        lines = headers.items() if isinstance(headers, Mapping) else headers
        return cls(
            method=method,
            scheme=scheme.lower(),
            authority=authority,
            path=slash + path or "/",
            query=query if mark else None,
            headers=tuple(lines),
            body=body,
        )

    def lines(self, name: str) -> list[str]:
        """The values of every line of this field, without white space around them."""
        wanted = name.lower()
        return [value.strip(" \t") for key, value in self.headers if key.lower() == wanted]

    def with_headers(self, **fields: str) -> Message:
        """The message with these fields added; underscores stand for hyphens."""
        added = tuple((key.replace("_", "-"), value) for key, value in fields.items())
        return replace(self, headers=(*self.headers, *added))

    @property
    def plain_authority(self) -> str:
        """Host and port in small letters, the scheme's own port left out."""
        authority = self.authority.lower()
        host, colon, port = authority.rpartition(":")
        return host if colon and port == DEFAULT_PORTS.get(self.scheme) else authority
