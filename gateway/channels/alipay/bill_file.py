"""支付宝's bill as a file: a zip of one detail and one summary in GBK, read as a stream of lines.

Limits as for every bill that a channel sends: a day of a million trades is some 250 MB of text.
"""

import re
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import IO, BinaryIO

from gateway.channels.errors import BillUnreadable

SIZE_LIMIT_BYTES = 512 << 20
RATIO_LIMIT = 100
MEMBERS_LIMIT = 50
_RATIO_FLOOR_BYTES = 1 << 20
_LINE_LIMIT_BYTES = 16 * 1024
_CHUNK_BYTES = 64 * 1024
_DETAIL = re.compile(r"[0-9]+_[0-9]{8}_业务明细\.csv")
_SUMMARY = re.compile(r"[0-9]+_[0-9]{8}_业务明细[(（]汇总[)）]\.csv")
_BROKEN = (
    zipfile.BadZipFile,
    zlib.error,
    EOFError,
    NotImplementedError,
    OSError,
    RuntimeError,
    UnicodeDecodeError,
    ValueError,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class BillFile:
    """An open bill: lines of its two members, each read from the beginning at every call."""

    archive: zipfile.ZipFile
    detail_name: str
    summary_name: str

    def detail(self) -> Iterator[str]:
        """Lines of the detail, without their ends."""
        return _lines(self.archive, self.detail_name)

    def summary(self) -> Iterator[str]:
        """Lines of the summary, without their ends."""
        return _lines(self.archive, self.summary_name)


@contextmanager
def opened(stream: BinaryIO) -> Iterator[BillFile]:
    """The bill in a seekable stream; BillUnreadable for what is not such a zip, now or later."""
    stream.seek(0)
    try:
        with zipfile.ZipFile(stream, metadata_encoding="gbk") as archive:
            yield _bill_file(archive)
    except _BROKEN as reason:
        raise BillUnreadable(f"the zip is damaged: {type(reason).__name__}") from None


def _bill_file(archive: zipfile.ZipFile) -> BillFile:
    members = archive.infolist()
    if len(members) > MEMBERS_LIMIT:
        raise BillUnreadable("more members than a bill has", members=len(members))
    names = [member.filename for member in members]
    details = [name for name in names if _DETAIL.fullmatch(name)]
    summaries = [name for name in names if _SUMMARY.fullmatch(name)]
    if len(details) != 1 or len(summaries) != 1 or len(names) != 2:
        shown = [name[:60] for name in names[:10]]
        raise BillUnreadable("not one detail and one summary", members=shown)
    for member in members:
        _check_limits(member)
    return BillFile(archive=archive, detail_name=details[0], summary_name=summaries[0])


def _check_limits(member: zipfile.ZipInfo) -> None:
    if member.flag_bits & 1 or member.compress_type not in (
        zipfile.ZIP_STORED,
        zipfile.ZIP_DEFLATED,
    ):
        raise BillUnreadable("a member is encrypted or packed in a way we do not read")
    if member.file_size > max(_RATIO_FLOOR_BYTES, RATIO_LIMIT * member.compress_size):
        raise BillUnreadable("a member unpacks to more than a bill may", size=member.file_size)
    if member.file_size > SIZE_LIMIT_BYTES:
        raise BillUnreadable("a member is larger than a bill may be", size=member.file_size)


def _lines(archive: zipfile.ZipFile, name: str) -> Iterator[str]:
    """What is read is bounded by the announced size, which zipfile holds the member to."""
    with archive.open(name) as member:
        yield from _decoded_lines(member)


def _decoded_lines(member: IO[bytes]) -> Iterator[str]:
    rest = b""
    while chunk := member.read(_CHUNK_BYTES):
        *whole, rest = (rest + chunk).split(b"\n")
        for line in whole:
            yield line.removesuffix(b"\r").decode("gbk")
        if len(rest) > _LINE_LIMIT_BYTES:
            raise BillUnreadable("a line longer than a bill's line may be")
    if rest:
        yield rest.decode("gbk")
