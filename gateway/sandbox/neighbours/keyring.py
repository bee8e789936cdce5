"""A neighbour's signing keys: several in use at once, the newest current, rotated on demand."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from gateway.sandbox.neighbours.book import Book


@dataclass(frozen=True, slots=True, kw_only=True)
class SigningKey:
    """One key the neighbour signs with; `public_pem` is what merchants hold of it."""

    key_id: str
    style: str
    private_pem: bytes
    public_pem: bytes


class Keyring:
    """Keys live in the book; rotating makes a new one current and lets the old ones overlap.

    `make` makes a fresh key of a style; `styles` are those there are, one key of each at first,
    the last one the style of a rotation that names none.
    """

    def __init__(
        self, book: Book, make: Callable[[str], SigningKey], styles: Sequence[str]
    ) -> None:
        self._book = book
        self._make = make
        self._styles = tuple(styles)
        self._rogue: SigningKey | None = None
        if not self.all():
            for style in self._styles:
                self.rotate(style)

    def all(self) -> list[SigningKey]:
        """Every key in use, the oldest first."""
        found = self._book.rows("SELECT * FROM signing_key WHERE NOT retired ORDER BY made_at")
        return [
            SigningKey(
                key_id=row["key_id"],
                style=row["style"],
                private_pem=row["private_pem"],
                public_pem=row["public_pem"],
            )
            for row in found
        ]

    def current(self, asked: str | None = None) -> SigningKey:
        """The key asked for by id when it is in use, else the newest."""
        keys = self.all()
        return next((key for key in keys if key.key_id == asked), keys[-1])

    def rotate(self, style: str = "", *, drop_old: bool = False) -> SigningKey:
        """A new current key; the old ones stay in use unless dropped. ValueError: no such style."""
        style = style or self._styles[-1]
        if style not in self._styles:
            raise ValueError(style)
        key = self._make(style)
        with self._book.change():
            if drop_old:
                self._book.do("UPDATE signing_key SET retired = 1")
            self._book.do(
                "INSERT INTO signing_key (key_id, style, private_pem, public_pem, made_at)"
                " VALUES (?, ?, ?, ?, ?)",
                key.key_id,
                key.style,
                key.private_pem,
                key.public_pem,
                self._book.now(),
            )
        return key

    def rogue(self) -> SigningKey:
        """A key nobody was told about."""
        if self._rogue is None:
            self._rogue = self._make(self._styles[0])
        return self._rogue
