"""One visit to a bank's SFTP server: its host key pinned before a word is said, then read only."""

from __future__ import annotations

import base64
import binascii
import io
import logging
import socket
import stat
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import IO, Final

import paramiko

from gateway.bank_line.errors import (
    BankFileTooLarge,
    HostKeyWrong,
    MailboxFaulty,
    MailboxRefused,
    MailboxSilent,
)
from gateway.channels.transport import AllowedHost, pinned_address

logging.getLogger("paramiko").setLevel(logging.CRITICAL)
_CONNECT_SECONDS: Final = 5.0
_ANSWER_SECONDS: Final = 20.0
_CHUNK_BYTES: Final = 64 * 1024
_MOST_FILES: Final = 10_000
_KEY_KINDS: Final[tuple[type[paramiko.PKey], ...]] = (
    paramiko.Ed25519Key,
    paramiko.ECDSAKey,
    paramiko.RSAKey,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Server:
    """Where to go and whom to believe there. `host_keys` are lines "type base64"."""

    host: AllowedHost
    login: str
    host_keys: Sequence[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A regular file in the folder, as the server lists it."""

    name: str
    size: int
    modified_at: datetime


class Folder:
    """A folder that is being visited."""

    def __init__(self, client: paramiko.SFTPClient, path: str) -> None:
        self._client = client
        self._path = path.rstrip("/")

    def entries(self) -> list[Entry]:
        """Every regular file by name; links and folders are not followed. MailboxRefused."""
        with _told():
            listed = self._client.listdir_attr(self._path or ".")
        if len(listed) > _MOST_FILES:
            raise MailboxRefused("more files than a mailbox has", files=len(listed))
        return sorted(
            (_entry(one) for one in listed if stat.S_ISREG(one.st_mode or 0)),
            key=lambda entry: entry.name,
        )

    def fetch(self, entry: Entry, sink: IO[bytes], *, most_bytes: int) -> None:
        """The file's bytes, as many as were listed and unchanged since.

        MailboxSilent when it changed meanwhile or was cut short; BankFileTooLarge.
        """
        if entry.size > most_bytes:
            raise BankFileTooLarge(size=entry.size)
        path = f"{self._path}/{entry.name}" if self._path else entry.name
        size = 0
        with _told():
            file = self._client.open(path, "rb")
        with file:
            with _told():
                file.prefetch(entry.size)
            while size <= entry.size:
                with _told():
                    chunk = file.read(_CHUNK_BYTES)
                if not chunk:
                    break
                size += len(chunk)
                sink.write(chunk)
        with _told():
            after = self._client.lstat(path)
        if (size, after.st_size, _moment(after)) != (entry.size, entry.size, entry.modified_at):
            raise MailboxSilent("the file changed while it was read, or was cut short")


@contextmanager
def visit(server: Server, path: str, *, private_key: bytes) -> Iterator[Folder]:
    """The folder, for as long as the visit lasts.

    MailboxSilent; MailboxRefused; HostKeyWrong before anything of ours was said; MailboxFaulty
    when our own key or the pinned ones are none; HostNotAllowed.
    """
    pinned = _pinned(server.host_keys)
    ours = _our_key(private_key)
    address = pinned_address(server.host)
    with _told():
        line = socket.create_connection((address, server.host.port), _CONNECT_SECONDS)
    with line:
        with _told():
            transport = paramiko.Transport(line)
        try:
            with _told():
                client = _let_in(transport, server, pinned, ours)
            yield Folder(client, path)
        finally:
            transport.close()


def check_host_keys(lines: Sequence[str]) -> None:
    """MailboxFaulty where a line is no public key (`ssh-ed25519 AAAA…`), or there is none."""
    _pinned(lines)


def _let_in(
    transport: paramiko.Transport,
    server: Server,
    pinned: set[tuple[str, bytes]],
    ours: paramiko.PKey,
) -> paramiko.SFTPClient:
    transport.banner_timeout = transport.auth_timeout = _ANSWER_SECONDS
    _only(transport, pinned)
    transport.start_client(timeout=_ANSWER_SECONDS)
    shown = transport.get_remote_server_key()
    if (shown.get_name(), shown.asbytes()) not in pinned:
        raise HostKeyWrong(shown=shown.fingerprint)
    transport.auth_publickey(server.login, ours)
    client = paramiko.SFTPClient.from_transport(transport)
    channel = None if client is None else client.get_channel()
    if client is None or channel is None:
        raise MailboxSilent("no SFTP over this connection")
    channel.settimeout(_ANSWER_SECONDS)
    return client


@contextmanager
def _told() -> Iterator[None]:
    """What a library's error means to us; nothing of an address or a key is told."""
    try:
        yield
    except paramiko.AuthenticationException:
        raise MailboxRefused("the login is refused") from None
    except (FileNotFoundError, PermissionError) as wrong:
        raise MailboxRefused(type(wrong).__name__) from None
    except (paramiko.SSHException, OSError, EOFError) as wrong:
        raise MailboxSilent(type(wrong).__name__) from None


def _only(transport: paramiko.Transport, pinned: set[tuple[str, bytes]]) -> None:
    """Ask for a key of a pinned kind only, so that the server cannot choose another."""
    options = transport.get_security_options()
    names = {name for name, _ in pinned}
    wanted = [
        kind
        for kind in options.key_types
        if kind in names or ("ssh-rsa" in names and kind.startswith("rsa-sha2-"))
    ]
    if not wanted:
        raise MailboxFaulty(field="host_keys")
    options.key_types = tuple(wanted)


def _pinned(lines: Sequence[str]) -> set[tuple[str, bytes]]:
    found = set()
    for line in lines:
        name, _, rest = line.strip().partition(" ")
        try:
            found.add((name, base64.b64decode(rest.partition(" ")[0], validate=True)))
        except (binascii.Error, ValueError):
            raise MailboxFaulty(field="host_keys") from None
    if not found or any(not name or not key for name, key in found):
        raise MailboxFaulty(field="host_keys")
    return found


def _our_key(private_key: bytes) -> paramiko.PKey:
    for kind in _KEY_KINDS:
        try:
            return kind.from_private_key(io.StringIO(private_key.decode()))
        except (paramiko.SSHException, ValueError, TypeError):
            continue
    raise MailboxFaulty(field="key_secret")


def _entry(one: paramiko.SFTPAttributes) -> Entry:
    name = str(getattr(one, "filename", ""))
    return Entry(name=name[:255], size=one.st_size or 0, modified_at=_moment(one))


def _moment(one: paramiko.SFTPAttributes) -> datetime:
    return datetime.fromtimestamp(one.st_mtime or 0, UTC)
