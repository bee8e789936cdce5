"""A file of the outside is kept as it came, once, and never half."""

import io
import os
from datetime import timedelta

import pytest

from accounts import clock, kept_files
from accounts.errors import KeptFileMissing, KeptFileTooLarge


@pytest.fixture(autouse=True)
def place(monkeypatch, tmp_path):
    monkeypatch.setenv("KEPT_FILES_DIR", str(tmp_path / "kept"))
    return tmp_path / "kept"


def files(place):
    return [file for file in place.rglob("*") if file.is_file()]


def test_the_same_bytes_are_kept_once_and_read_again(place):
    first = kept_files.keep_stream(io.BytesIO(b"line\r\n"), most_bytes=100)
    assert kept_files.keep_stream(io.BytesIO(b"line\r\n"), most_bytes=100) == first
    assert first.size == 6
    with kept_files.opened(first.digest) as file:
        assert file.read() == b"line\r\n"
    assert [file.stat().st_mode & 0o777 for file in files(place)] == [0o440]


def test_too_large_a_file_leaves_nothing(place):
    with pytest.raises(KeptFileTooLarge):
        kept_files.keep_stream(io.BytesIO(b"x" * 101), most_bytes=100)
    assert files(place) == []


class Torn(io.BytesIO):
    def read(self, size=-1):
        if self.tell():
            raise OSError("the line broke")
        return super().read(4)


def test_a_stream_that_breaks_leaves_nothing(place):
    with pytest.raises(OSError, match="the line broke"):
        kept_files.keep_stream(Torn(b"x" * 50), most_bytes=100)
    assert files(place) == []


@pytest.mark.parametrize("name", ["", "../../etc/passwd", "0" * 64, "A" * 64])
def test_what_was_never_kept_is_missing(name):
    with pytest.raises(KeptFileMissing):
        kept_files.opened(name)


def test_a_half_is_kept_whole_wherever_it_was_read_to_and_not_at_all_when_it_is_closed(place):
    with kept_files.half() as part:
        part.write(b"of the outside")
        assert kept_files.keep(part) == kept_files.keep(part)
        part.seek(0)
        assert part.read() == b"of the outside"
    with kept_files.half() as left:
        left.write(b"never kept")
    [kept] = files(place)
    assert kept.read_bytes() == b"of the outside"
    assert kept.stat().st_mode & 0o777 == 0o440
    assert kept.parent.stat().st_mode & 0o007 == place.stat().st_mode & 0o007 == 0, "not for all"


def test_halves_of_the_killed_are_swept_a_day_later(place):
    kept = kept_files.keep_stream(io.BytesIO(b"kept"), most_bytes=4)
    now = clock.now()
    old, fresh = place / "a.half", place / "b.half"
    for part in (old, fresh):
        part.write_bytes(b"x")
    for one in (old, place / kept.digest[:2] / kept.digest):
        os.utime(one, (0, (now - timedelta(days=2)).timestamp()))
    assert kept_files.sweep(now) == 1
    assert (old.exists(), fresh.exists()) == (False, True)
    assert kept_files.opened(kept.digest).read() == b"kept"
