"""Secrets are read by name, nobody is told a value, production never touches the sandbox."""

import stat
from concurrent.futures import ThreadPoolExecutor

import pytest

from accounts import secrets
from accounts.errors import SandboxOnly, SecretMalformed, SecretMissing, SecretNameWrong


@pytest.fixture
def sandbox(monkeypatch, tmp_path):
    monkeypatch.setenv("GATEWAY_ENV", "sandbox")
    monkeypatch.setenv("GATEWAY_DATA_DIR", str(tmp_path))
    monkeypatch.delenv("SECRETS_DIR", raising=False)
    return tmp_path / "secrets"


@pytest.fixture
def production(monkeypatch, sandbox):
    secrets.write_sandbox("pin", b"left behind")
    monkeypatch.setenv("GATEWAY_ENV", "production")
    return sandbox


def test_the_environment_wins_over_files(monkeypatch, sandbox):
    secrets.write_sandbox("merchant-key", b"from a file\n")
    assert secrets.read("merchant-key") == b"from a file\n"
    monkeypatch.setenv("SECRET_MERCHANT_KEY", "密")
    assert secrets.read("merchant-key") == "密".encode()


def test_a_directory_of_secrets_is_read_byte_for_byte(monkeypatch, sandbox, tmp_path):
    given = tmp_path / "given"
    given.mkdir()
    (given / "pem").write_bytes(b"\x00\xff\n")
    monkeypatch.setenv("SECRETS_DIR", str(given))
    monkeypatch.setenv("GATEWAY_ENV", "production")
    assert secrets.read("pem") == b"\x00\xff\n"


def test_the_sandbox_keeps_its_secrets_for_itself(sandbox):
    secrets.write_sandbox("pin", b"123456")
    secrets.write_sandbox("pin", b"654321")
    assert secrets.read("pin") == b"654321"
    assert stat.S_IMODE((sandbox / "pin").stat().st_mode) == 0o600
    assert stat.S_IMODE(sandbox.stat().st_mode) == 0o700
    assert {path.name for path in sandbox.iterdir()} == {"pin", ".sandbox-store"}


def test_production_reads_and_writes_no_sandbox_store(monkeypatch, production):
    with pytest.raises(SecretMissing):
        secrets.read("pin")
    with pytest.raises(SandboxOnly):
        secrets.write_sandbox("pin", b"x")
    monkeypatch.setenv("SECRETS_DIR", str(production))
    with pytest.raises(SandboxOnly):
        secrets.read("pin")
    assert (production / "pin").read_bytes() == b"left behind"


def test_without_a_word_it_is_production(monkeypatch, production):
    monkeypatch.delenv("GATEWAY_ENV")
    with pytest.raises(SecretMissing):
        secrets.read_key("phone-seal-1")


@pytest.mark.parametrize("name", ["", "../etc/passwd", "A", "a/b", "a.b", "-a", "a" * 64, "é"])
def test_a_name_is_never_a_path(sandbox, name):
    for use in (secrets.read, lambda it: secrets.write_sandbox(it, b"x")):
        with pytest.raises(SecretNameWrong):
            use(name)
    assert not sandbox.exists()


def test_a_missing_or_malformed_key_says_its_name_and_no_value(monkeypatch, sandbox):
    for value in ("secret-value-zz", "abcd"):
        monkeypatch.setenv("SECRET_SEAL", value)
        with pytest.raises(SecretMalformed) as refused:
            secrets.read_key("seal")
        assert "seal" in str(refused.value)
        assert value not in str(refused.value)


def test_the_sandbox_makes_a_key_once_whoever_is_first(sandbox):
    with ThreadPoolExecutor(8) as many:
        keys = set(many.map(lambda _: secrets.read_key("phone-seal-1"), range(32)))
    assert len(keys) == 1
    assert len(keys.pop()) == 32
