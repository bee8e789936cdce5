"""The SFTP server of the sandbox's banks: OpenSSH's own, on loopback, read only, by key only.

`python -m gateway.sandbox.sftp_server --port N --home DIR` becomes sshd. Root's runs as nobody, so
`home` must be a place that nobody can reach; `home_for` knows one.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import pwd
import shutil
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ed25519

ROOTS_PLACE = Path("/var/lib/card-gateway")
ROOTS_LOGIN = "nobody"
OUTBOXES = "outboxes"
_OWN_COPIES = (ROOTS_PLACE / "openssh", Path(__file__).resolve().parents[2] / "var" / "openssh")
_PREFIX = "internal-sftp -R -d "


class NoServer(RuntimeError):
    """OpenSSH's server is not here; script/sshd brings it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Program:
    """sshd and where its libraries lie, when it is a copy of ours."""

    path: Path
    root: Path | None

    @property
    def environment(self) -> Mapping[str, str]:
        """What it needs to start."""
        bare = {"PATH": "/usr/sbin:/usr/bin:/bin", "LC_ALL": "C.UTF-8", "TZ": "UTC"}
        if self.root is None:
            return bare
        places = sorted({str(one.parent) for one in self.root.rglob("*.so*")})
        return {**bare, "LD_LIBRARY_PATH": ":".join(places)}


def program() -> Program:
    """This machine's sshd, else the copy that script/sshd unpacked. NoServer."""
    found = shutil.which("sshd", path="/usr/sbin:/usr/local/sbin")
    if found:
        return Program(path=Path(found), root=None)
    for root in _OWN_COPIES:
        if os.access(root / "usr/sbin/sshd", os.X_OK):
            return Program(path=root / "usr/sbin/sshd", root=root)
    raise NoServer("OpenSSH's server is not here: run script/sshd")


def is_there() -> bool:
    """Whether the server can be started."""
    try:
        program()
    except NoServer:
        return False
    return True


def home_for(data_dir: Path) -> Path:
    """Where the server of this data directory lives and its banks lay out their files."""
    if os.geteuid() != 0:
        return data_dir / "sftp"
    name = hashlib.sha256(str(data_dir.resolve()).encode()).hexdigest()[:12]
    return ROOTS_PLACE / f"sftp-{name}"


def login() -> str:
    """Who may log in: ourselves, or nobody when we are root."""
    return ROOTS_LOGIN if os.geteuid() == 0 else pwd.getpwuid(os.geteuid()).pw_name


def prepare(home: Path) -> str:
    """Makes the home and the host key once; the host's public key as one line."""
    home.mkdir(mode=0o755, parents=True, exist_ok=True)
    if os.geteuid() == 0 and home.parent == ROOTS_PLACE:
        ROOTS_PLACE.chmod(0o711)
    home.chmod(0o755)
    (home / OUTBOXES).mkdir(mode=0o755, exist_ok=True)
    (home / OUTBOXES).chmod(0o755)
    key = home / "host_key"
    if not key.exists():
        write_key(key)
    if os.geteuid() == 0:
        entry = pwd.getpwnam(ROOTS_LOGIN)
        os.chown(key, entry.pw_uid, entry.pw_gid)
    return (home / "host_key.pub").read_text(encoding="ascii").strip()


def let_in(home: Path, public_line: str) -> None:
    """Whoever holds this key may fetch; nobody else."""
    place = home / "authorized_keys"
    half = place.with_suffix(".new")
    half.write_text(f"{public_line}\n", encoding="ascii")
    half.chmod(0o644)
    half.replace(place)


def write_key(place: Path) -> None:
    """A fresh Ed25519 key in OpenSSH's form at `place`, its public line beside it."""
    private = ed25519.Ed25519PrivateKey.generate()
    public = private.public_key().public_bytes(
        serialization.Encoding.OpenSSH, serialization.PublicFormat.OpenSSH
    )
    place.with_suffix(".pub").write_bytes(public + b"\n")
    place.touch(mode=0o600)
    place.write_bytes(
        private.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.OpenSSH,
            serialization.NoEncryption(),
        )
    )


def public_line(private: bytes) -> str:
    """The public half of a private key in OpenSSH's form, as one line."""
    key = serialization.load_ssh_private_key(private, None)
    public = key.public_key().public_bytes(
        serialization.Encoding.OpenSSH, serialization.PublicFormat.OpenSSH
    )
    return public.decode("ascii")


def configure(home: Path, port: int, which: Program) -> Path:
    """Writes sshd's configuration: one login, one key, SFTP only, nothing but reading."""
    lines = [
        f"Port {port}",
        "ListenAddress 127.0.0.1",
        f"HostKey {home}/host_key",
        f"AuthorizedKeysFile {home}/authorized_keys",
        "StrictModes no",
        # Without it sshd calls accounts locked that have no password, nobody's among them.
        "UsePAM yes",
        "PubkeyAuthentication yes",
        "PasswordAuthentication no",
        "KbdInteractiveAuthentication no",
        f"AllowUsers {login()}",
        "PidFile none",
        "Subsystem sftp internal-sftp",
        f"ForceCommand {_PREFIX}{home}/{OUTBOXES}",
        "DisableForwarding yes",
        "PermitTTY no",
        "MaxSessions 4",
        "LogLevel VERBOSE",
    ]
    for name in ("session", "auth"):
        helper = None if which.root is None else which.root / f"usr/lib/openssh/sshd-{name}"
        if helper is not None and helper.exists():  # OpenSSH 9.8 and later are several programs
            lines.append(f"Sshd{name.capitalize()}Path {helper}")
    place = home / "sshd_config"
    place.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
    return place


def main(words: list[str]) -> None:
    """Become sshd."""
    parser = argparse.ArgumentParser(prog="python -m gateway.sandbox.sftp_server")
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--home", type=Path, required=True)
    chosen = parser.parse_args(words)
    which = program()
    prepare(chosen.home)
    config = configure(chosen.home, chosen.port, which)
    os.chdir("/")
    if os.geteuid() == 0:
        entry = pwd.getpwnam(ROOTS_LOGIN)
        os.setgroups([])
        os.setgid(entry.pw_gid)
        os.setuid(entry.pw_uid)
    command = [str(which.path), "-D", "-e", "-f", str(config)]
    os.execve(which.path, command, dict(which.environment))  # noqa: S606 - a list, no shell


if __name__ == "__main__":
    main(sys.argv[1:])
