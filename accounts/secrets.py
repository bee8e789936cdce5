"""Secrets by name: the only place of the house where their values are read.

Production reads the environment (`SECRET_<NAME>`, text) or `$SECRETS_DIR/<name>` (bytes); the
sandbox also keeps a store of its own under its data directory, which production refuses.
"""

from __future__ import annotations

import os
import re
import secrets as randomness
from collections.abc import Mapping
from pathlib import Path

from accounts.errors import SandboxOnly, SecretMalformed, SecretMissing, SecretNameWrong

_NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,62}")
_SANDBOX_MARK = ".sandbox-store"


def read(name: str, environment: Mapping[str, str] = os.environ) -> bytes:
    """The value of the secret `name`; SecretMissing (which never tells a value) when there is none.

    The environment wins over files; text from the environment is given as UTF-8 bytes.
    """
    text = environment.get(_variable(name))
    if text:
        return text.encode()
    for directory in _directories(environment):
        try:
            return (directory / name).read_bytes()
        except FileNotFoundError:
            continue
        except OSError as refused:
            raise SecretMissing("unreadable", name=name, errno=refused.errno) from None
    raise SecretMissing(name=name)


def read_key(name: str, size: int = 32) -> bytes:
    """The secret `name` as a key of `size` bytes, kept as hexadecimal text; else SecretMalformed.

    In the sandbox a key that does not exist yet is made at random and kept.
    """
    try:
        kept = read(name)
    except SecretMissing:
        if not in_sandbox():
            raise
        kept = _make_once(name, randomness.token_hex(size).encode())
    return key_of(kept, name, size)


def key_of(kept: bytes, name: str, size: int = 32) -> bytes:
    """The key of `size` bytes in a secret's value; SecretMalformed when it holds none."""
    try:
        key = bytes.fromhex(kept.decode("ascii").strip())
    except ValueError:
        raise SecretMalformed("not hexadecimal", name=name) from None
    if len(key) != size:
        raise SecretMalformed("wrong length", name=name, expected=size)
    return key


def write_sandbox(name: str, value: bytes) -> None:
    """Keep `value` under `name` in the sandbox's store (mode 0600); SandboxOnly elsewhere.

    The value that is kept already is not written again.
    """
    path = _sandbox_store(name) / name
    if path.exists() and path.read_bytes() == value:
        return
    temporary = path.with_name(f".{name}.{randomness.token_hex(8)}")
    _write_new(temporary, value)
    temporary.replace(path)


def in_sandbox(environment: Mapping[str, str] = os.environ) -> bool:
    """Whether this process runs as the sandbox; anything but `sandbox` counts as production."""
    return environment.get("GATEWAY_ENV", "production") == "sandbox"


def _make_once(name: str, value: bytes) -> bytes:
    """Keep `value` unless another process was faster; what is kept in the end."""
    path = _sandbox_store(name) / name
    temporary = path.with_name(f".{name}.{randomness.token_hex(8)}")
    _write_new(temporary, value)
    try:
        os.link(temporary, path)
    except FileExistsError:
        return path.read_bytes()
    finally:
        temporary.unlink()
    return value


def _write_new(path: Path, value: bytes) -> None:
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "wb") as file:
        file.write(value)
        file.flush()
        os.fsync(file.fileno())


def _directories(environment: Mapping[str, str]) -> list[Path]:
    """Where files of secrets are looked for, in order."""
    given = environment.get("SECRETS_DIR")
    directories = [Path(given)] if given else []
    if in_sandbox(environment):
        return [*directories, _sandbox_path()]
    for directory in directories:
        if (directory / _SANDBOX_MARK).exists():
            raise SandboxOnly("SECRETS_DIR is the sandbox's store", directory=str(directory))
    return directories


def _sandbox_store(name: str) -> Path:
    """The sandbox's directory of secrets, made with mode 0700 and marked as the sandbox's."""
    _variable(name)
    if not in_sandbox():
        raise SandboxOnly("secrets are written by the sandbox only", name=name)
    directory = _sandbox_path()
    directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    (directory / _SANDBOX_MARK).touch(mode=0o600)
    return directory


def _sandbox_path() -> Path:
    default = Path(__file__).resolve().parent.parent / "var"
    return Path(os.environ.get("GATEWAY_DATA_DIR") or default) / "secrets"


def _variable(name: str) -> str:
    if not _NAME.fullmatch(name):
        raise SecretNameWrong("a secret's name is small letters, digits and hyphens")
    return "SECRET_" + name.upper().replace("-", "_")
