"""Production refuses to start on anything that belongs to a sandbox, naming every fault."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from gateway.production import faults
from tests.house.source import ROOT

GOOD_KEY = "kT9-vX2_qLm7RzPw4JsYd8HnBc3FgUa6EoVi1Qx5WtZb0MyKp"
ED25519_PEM = (
    Ed25519PrivateKey.generate()
    .private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    .decode()
)
GOOD = {
    "GATEWAY_ENV": "production",
    "SECRET_KEY": GOOD_KEY + "ok",
    "ALLOWED_HOSTS": "cards.example.cn",
    "DATABASE_URL": "postgresql://gateway_service:word@db.example.cn:5432/gateway",
    "CARD_VAULT": "pkcs11",
    "PKCS11_MODULE": "/opt/hsm/lib/libcryptoki.so",
    "PKCS11_TOKEN": "cards",
    "SMS_PROVIDER": "aliyun",
    "SMS_SIGN_NAME": "一卡通",
    "SMS_TEMPLATE_SIGN_IN_CODE": "SMS_1",
    "SECRET_EVENT_SIGNING_1": ED25519_PEM,
    "SECRET_OFFICER_FACTOR_1": "0f" * 32,
    "SECRET_SIGN_IN_CODE": "1f" * 32,
    "SECRET_TOKEN_CHAIN": "2f" * 32,
    "SECRET_ID_NUMBER_INDEX": "3f" * 32,
    "SECRET_ALIYUN_SMS_KEY_ID": "key id",
    "SECRET_ALIYUN_SMS_KEY_SECRET": "key secret",
}
APPS = ["accounts", "gateway.payments"]


def test_a_complete_environment_has_no_fault(tmp_path: Path) -> None:
    assert faults(GOOD, APPS, data_dir=tmp_path) == []


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"DEBUG": "1"}, "DEBUG is set"),
        ({"SECRET_KEY": ""}, "SECRET_KEY is missing"),
        ({"SECRET_KEY": "short"}, "SECRET_KEY is weak"),
        ({"SECRET_KEY": "a" * 60}, "SECRET_KEY is weak"),
        ({"SECRET_KEY": "django-insecure-" + GOOD_KEY}, "SECRET_KEY is a default"),
        ({"ALLOWED_HOSTS": ""}, "ALLOWED_HOSTS is missing"),
        ({"ALLOWED_HOSTS": " , "}, "ALLOWED_HOSTS is missing"),
        ({"ALLOWED_HOSTS": "a.cn,*"}, "ALLOWED_HOSTS allows every host"),
        ({"DATABASE_URL": ""}, "DATABASE_URL is missing"),
        ({"GATEWAY_PROCESS": "worker"}, "DATABASE_WORKER_URL is missing"),
        ({"CARD_VAULT": "software"}, "CARD_VAULT=software"),
        ({"CARD_VAULT": "paper"}, "CARD_VAULT names no vault"),
        ({"PKCS11_MODULE": ""}, "PKCS11_MODULE is missing"),
        ({"SMS_PROVIDER": ""}, "SMS_PROVIDER is missing"),
        ({"SMS_PROVIDER": "sandbox"}, "SMS_PROVIDER=sandbox"),
        ({"SMS_PROVIDER": "pigeon"}, "SMS_PROVIDER names no provider"),
        ({"SMS_SIGN_NAME": ""}, "SMS_SIGN_NAME is missing"),
        ({"SMS_TEMPLATE_SIGN_IN_CODE": ""}, "SMS_TEMPLATE_SIGN_IN_CODE is missing"),
        ({"CARD_VAULT": "", "PKCS11_TOKEN": ""}, "PKCS11_TOKEN is missing"),
        ({"SECRET_ALIYUN_SMS_KEY_SECRET": ""}, "the secret aliyun-sms-key-secret is missing"),
        ({"SECRET_SIGN_IN_CODE": ""}, "the secret sign-in-code is missing"),
        ({"SECRET_TOKEN_CHAIN": "short"}, "the secret token-chain is not a key"),
        ({"SECRET_ID_NUMBER_INDEX": ""}, "the secret id-number-index is missing"),
        ({"SECRET_EVENT_SIGNING_1": ""}, "the secret event-signing-1 is missing"),
        ({"SECRET_EVENT_SIGNING_1": "0f" * 32}, "the secret event-signing-1 is not a key"),
        ({"EVENT_SIGNING_KEYS": "event-signing-1 of-2027"}, "the secret of-2027 is missing"),
        ({"EVENT_SIGNING_KEYS": "Of_2027"}, "a secret is named otherwise"),
        ({"EVENT_SIGNING_KEYS": " "}, "EVENT_SIGNING_KEYS names no key"),
        ({"SECRET_OFFICER_FACTOR_1": ""}, "the secret officer-factor-1 is missing"),
        ({"SECRET_OFFICER_FACTOR_1": "0f" * 31}, "the secret officer-factor-1 is not a key"),
        ({"SECRET_OFFICER_FACTOR_1": "hunter2"}, "the secret officer-factor-1 is not a key"),
        ({"OFFICER_FACTOR_KEY": "factor-2027"}, "the secret factor-2027 is missing"),
    ],
)
def test_each_fault_is_named_alone(change: dict[str, str], named: str, tmp_path: Path) -> None:
    found = faults(GOOD | change, APPS, data_dir=tmp_path)

    assert len(found) == 1
    assert found[0].startswith(named)


def test_secrets_in_files_count_and_the_sandboxs_own_do_not(tmp_path: Path) -> None:
    kept = {"event-signing-1": ED25519_PEM, "officer-factor-1": "0f" * 32 + "\n"}
    for name, value in kept.items():
        (tmp_path / name).write_text(value)
    bare = {name: value for name, value in GOOD.items() if not name.startswith("SECRET_EV")}
    bare |= {"SECRET_OFFICER_FACTOR_1": "", "SECRETS_DIR": str(tmp_path)}

    assert faults(bare, APPS, data_dir=tmp_path) == []
    (tmp_path / ".sandbox-store").touch()
    assert set(faults(bare, APPS, data_dir=tmp_path)) == {"SECRETS_DIR is the sandbox's store"}


def test_the_sandbox_app_is_a_fault(tmp_path: Path) -> None:
    assert faults(GOOD, [*APPS, "gateway.sandbox"], data_dir=tmp_path) == [
        "the app gateway.sandbox is installed"
    ]


def test_the_embedded_postgresql_is_a_fault_for_every_role(tmp_path: Path) -> None:
    (tmp_path / "postgres.json").write_text(json.dumps({"port": "45678"}))
    ours = "postgresql://gateway_service:word@127.0.0.1:45678/gateway"
    change = {"DATABASE_URL": ours, "DATABASE_OWNER_URL": ours.replace("service", "owner")}

    assert faults(GOOD | change, APPS, data_dir=tmp_path) == [
        "DATABASE_URL names the embedded PostgreSQL",
        "DATABASE_OWNER_URL names the embedded PostgreSQL",
    ]


def test_no_value_is_ever_told(tmp_path: Path) -> None:
    bad = GOOD | {"SECRET_KEY": "hunter2", "DATABASE_URL": "", "DEBUG": "very"}

    told = " ".join(faults(bad, APPS, data_dir=tmp_path))

    assert "hunter2" not in told
    assert "very" not in told


def _start(environment: dict[str, str], tmp_path: Path) -> subprocess.CompletedProcess[str]:
    bare = {"PATH": os.environ["PATH"], "GATEWAY_DATA_DIR": str(tmp_path)}
    return subprocess.run(
        [sys.executable, "-c", "import gateway.settings as s; print(s.DEBUG, s.INSTALLED_APPS)"],
        cwd=ROOT,
        env=bare | environment,
        capture_output=True,
        text=True,
        check=False,
    )


def test_with_nothing_said_it_is_production_and_every_fault_is_in_one_message(
    tmp_path: Path,
) -> None:
    done = _start({"DEBUG": "1", "CARD_VAULT": "software"}, tmp_path)

    assert done.returncode != 0
    message = done.stderr.splitlines()[-1]
    assert "ImproperlyConfigured" in message
    for name in ("DEBUG", "SECRET_KEY", "ALLOWED_HOSTS", "DATABASE_URL", "CARD_VAULT=software"):
        assert name in message
    assert not list(tmp_path.iterdir())


def test_a_complete_production_starts_without_the_sandbox(tmp_path: Path) -> None:
    done = _start(GOOD, tmp_path)

    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("False ")
    assert "gateway.sandbox" not in done.stdout


def test_an_environment_nobody_knows_is_refused(tmp_path: Path) -> None:
    done = _start(GOOD | {"GATEWAY_ENV": "staging"}, tmp_path)

    assert done.returncode != 0
    assert "GATEWAY_ENV is neither sandbox nor production" in done.stderr


def test_a_sandbox_needs_nothing_and_keeps_its_own_key(tmp_path: Path) -> None:
    assert _start({"GATEWAY_ENV": "sandbox"}, tmp_path).returncode == 0
    key = (tmp_path / "secret-key").read_text()

    assert _start({"GATEWAY_ENV": "sandbox"}, tmp_path).returncode == 0
    assert (tmp_path / "secret-key").read_text() == key
    assert (tmp_path / "secret-key").stat().st_mode & 0o777 == 0o600
