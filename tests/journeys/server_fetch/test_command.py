"""Providers are entered, given keys, rotated and suspended by hand, and no key text is shown."""

from __future__ import annotations

from pathlib import Path
from uuid import uuid4

import pytest
from django.core.management import CommandError, call_command

from accounts.models import AuditEntry, ProviderKey, Transition, WalletProvider
from tests.support.phone import new_key

pytestmark = pytest.mark.django_db


def run(capsys: pytest.CaptureFixture[str], *words: object) -> str:
    call_command("wallet_providers", *(str(word) for word in words))
    return capsys.readouterr().out


@pytest.fixture
def code() -> str:
    return f"hand-{uuid4().hex[:8]}"


@pytest.fixture
def pem(tmp_path: Path) -> Path:
    file = tmp_path / "key.pem"
    file.write_bytes(new_key("x").public.material)
    return file


def enter(capsys: pytest.CaptureFixture[str], code: str) -> None:
    names = ("--name-zh", "甲", "--name-en", "A", "--order-profile", "wechat-mini")
    assert f"{code}: active, 甲" in run(capsys, "add", code, *names)


def test_a_provider_lives_from_entry_to_suspension(
    capsys: pytest.CaptureFixture[str], code: str, pem: Path
) -> None:
    enter(capsys, code)
    given = ("--key-id", f"{code}-1", "--algorithm", "ed25519", "--pem", pem)
    told = run(capsys, "add-key", code, *given)
    assert f"{code}-1: active, ed25519" in told
    assert "BEGIN" not in told
    assert "suspended" in run(capsys, "suspend", code, "--because", "drill")
    assert f"{code}: active" in run(capsys, "resume", code, "--because", "over")
    told = run(capsys, "retire-key", "--key-id", f"{code}-1", "--because", "rotated")
    assert f"{code}-1: retired" in told

    provider = WalletProvider.objects.get(code=code)
    moves = Transition.objects.filter(subject_id=provider.id).values_list("because", flat=True)
    assert list(moves) == ["drill", "over"]
    acts = AuditEntry.objects.filter(subject=f"provider:{code}").values_list("act", flat=True)
    assert list(acts) == ["provider_added", "provider_key_added"]


@pytest.mark.parametrize(
    "words",
    [
        ("retire-key", "--key-id", "nobody", "--because", "x"),
        ("suspend", "nobody", "--because", "x"),
        ("add", "NO", "--name-zh", "甲", "--name-en", "A", "--order-profile", "wechat-mini"),
        ("add", "fine", "--name-zh", "甲", "--name-en", "A", "--order-profile", "no-such"),
    ],
)
def test_what_cannot_be_done_is_said_and_nothing_is_kept(
    capsys: pytest.CaptureFixture[str], words: tuple[str, ...]
) -> None:
    before = WalletProvider.objects.count()
    with pytest.raises(CommandError):
        run(capsys, *words)
    assert WalletProvider.objects.count() == before


def test_a_key_of_another_algorithm_is_not_taken(
    capsys: pytest.CaptureFixture[str], code: str, pem: Path
) -> None:
    enter(capsys, code)
    with pytest.raises(CommandError):
        run(
            capsys, "add-key", code, "--key-id", f"{code}-1", "--algorithm", "sm2-sm3",
            "--pem", pem,
        )  # fmt: skip
    assert not ProviderKey.objects.filter(key_id=f"{code}-1").exists()
