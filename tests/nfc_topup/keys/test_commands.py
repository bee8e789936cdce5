"""A whole ceremony by its commands, as docs/keys.md tells it; what is typed is never shown."""

import getpass
import json
import os
import pty
import re
import shlex
import subprocess
import sys
from uuid import uuid4

import pytest
from django.core.management import CommandError, call_command

from accounts import tokens
from accounts.models import Person
from nfc_topup.keys import desk
from nfc_topup.keys.errors import TerminalMissing
from nfc_topup.management.commands import key_ceremony
from nfc_topup.models import CardKey, KeyCeremony
from nfc_topup.vault.custody import check_value
from nfc_topup.vault.errors import ComponentWrong
from tests.house.source import ROOT
from tests.nfc_topup.conftest import NOW


@pytest.fixture
def typed(monkeypatch):
    """What the next prompts are answered with, in order."""
    answers = []
    monkeypatch.setattr(getpass, "getpass", lambda _: answers.pop(0))
    return answers


@pytest.fixture
def say(capsys):
    """Run a command and give what it says."""

    def run(*words):
        call_command(*words)
        return capsys.readouterr().out

    return run


def cast(say):
    """The people's tokens, the components with their check values, and the key's check value."""
    lines = [line.split() for line in say("key_rehearsal").splitlines()]
    people = {name: words[0] for name, *words in lines if name.startswith(("cust", "off"))}
    parts = [words for name, *words in lines if name.startswith("component")]
    [[told]] = [words for name, *words in lines if name == "check-value"]
    return people, parts, told


def test_a_ceremony_from_plan_to_destruction(software, say, typed, tmp_path):
    people, parts, told = cast(say)
    typed.append(people["officer-1"])
    out = say(
        "key_ceremony", "plan", "--purpose", "load", "--index", "1", "--check-value", told,
        "--level", "asn8", "--components", "3", "--valid-days", "730",
    )  # fmt: skip
    ceremony = KeyCeremony.objects.get()
    assert f"{ceremony.id} load-1-v1 gathering 0/3" in out
    for number, (part, value) in enumerate(parts, start=1):
        typed += [people[f"custodian-{number}"], part, part.lower()]
        out += say(
            "key_ceremony", "contribute", str(ceremony.id), "--number", str(number),
            "--check-value", value,
        )  # fmt: skip
    assert "brought 3/3" in out
    typed.append(people["officer-1"])
    out += say("key_ceremony", "ask-activation", str(ceremony.id))
    assert "待第二人复核" in say("key_ceremony", "show")
    typed.append(people["officer-1"])
    with pytest.raises(CommandError, match=r"\[maker_is_checker"):
        call_command("key_ceremony", "approve", str(ceremony.id))
    typed.append(people["officer-2"])
    out += say("key_ceremony", "approve", str(ceremony.id))
    assert "已启用" in out
    [row] = [row for row in json.loads(say("keys", "--json")) if row["purpose"] == "load"]
    assert (row["state"], row["check_value"]) == ("active", told)
    assert f"load-1-v1 | 在用 active | 3des | software | {told} ecb-zeros" in say("keys")
    key = CardKey.objects.get(purpose="load")
    typed.append(people["officer-2"])
    with pytest.raises(CommandError, match="key_in_use"):
        call_command("key_ceremony", "ask-destroy", str(key.id), "--because", "too early")
    typed += [people["officer-2"]] * 2
    out += say("key_ceremony", "retire", str(key.id), "--because", "a drill", "--compromised")
    told_of_it = say("key_ceremony", "ask-destroy", str(key.id), "--because", "a drill")
    approval = told_of_it.split()[-1]
    end = ("key_ceremony", "approve-destroy", str(key.id), "--approval", approval)
    typed.append(people["officer-2"])
    with pytest.raises(CommandError, match=r"\[maker_is_checker"):
        call_command(*end)
    typed.append(people["officer-1"])
    out += told_of_it + say(*end)
    assert "已销毁" in out
    for part, _ in parts:
        assert part not in out.upper()
    for token in people.values():
        assert token not in out
    assert typed == []
    typed.append(people["officer-1"])
    with pytest.raises(CommandError, match="key_not_exported"):
        call_command("key_ceremony", "export-block", str(ceremony.id), str(tmp_path / "b"))
    assert not (tmp_path / "b").exists()


def test_a_refusal_says_why_in_two_languages_and_shows_nothing(software, say, typed):
    people, parts, told = cast(say)
    plan = [
        "key_ceremony", "plan", "--purpose", "load", "--index", "1", "--check-value", told,
        "--level", "asn8", "--components", "3", "--valid-days", "730",
    ]  # fmt: skip
    for token in (people["custodian-1"], "ctz_" + "x" * 43, "", "kio_nobody"):
        typed.append(token)
        with pytest.raises(CommandError, match=r"没有执行此操作的权限.*not allowed") as refused:
            call_command(*plan)
        assert not token or token not in str(refused.value)
    assert not KeyCeremony.objects.exists()
    typed.append(people["officer-1"])
    say(*plan)
    ceremony = KeyCeremony.objects.get()
    give = ["key_ceremony", "contribute", str(ceremony.id), "--number", "1", "--check-value"]
    part, value = parts[0]
    for first, second, sheet in (
        (part, parts[1][0], value), (part, part, "000000"), ("zz" * 16, "zz" * 16, value),
        ("11" * 33, "11" * 33, value), (part[:8], part[:8], value), ("", "", value),
    ):  # fmt: skip
        typed += [people["custodian-1"], first, second]
        with pytest.raises(CommandError) as refused:
            call_command(*give, sheet)
        assert "密钥" in str(refused.value) or "vault_message_refused" in str(refused.value)
        assert not first or first not in str(refused.value)
    assert not ceremony.components.exists()


def test_nothing_secret_is_an_argument():
    out = subprocess.run(
        [sys.executable, "manage.py", "key_ceremony", "contribute", "--help"],
        cwd=ROOT, capture_output=True, text=True, check=True,
    ).stdout  # fmt: skip
    assert set(re.findall(r"--([a-z-]+)", out)) & {"component", "token", "key", "secret"} == set()


def test_without_a_terminal_nothing_secret_is_asked_for():
    program = """
import django
django.setup()
from nfc_topup.keys import desk
desk.component()
"""
    done = subprocess.run(
        [sys.executable, "-c", program],
        cwd=ROOT, env=os.environ | {"DJANGO_SETTINGS_MODULE": "gateway.settings"},
        input="11" * 16 + "\n", capture_output=True, text=True, start_new_session=True, check=False,
    )  # fmt: skip
    assert done.returncode == 1
    assert "TerminalMissing" in done.stderr
    assert "11" * 16 not in done.stdout + done.stderr


def test_at_a_terminal_what_is_typed_is_not_shown():
    """A real pseudo-terminal: the component goes in, its check value comes out, no echo."""
    program = """
import django
django.setup()
from nfc_topup.keys import desk
from nfc_topup.vault.custody import check_value
print("told", check_value("3des", "ecb-zeros", desk.component()))
"""
    part = "A1B2C3D4E5F60718293A4B5C6D7E8F90"
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "gateway.settings")
    child, terminal = pty.fork()
    if child == 0:
        os.chdir(ROOT)
        os.execv(sys.executable, [sys.executable, "-c", program])
    seen = b""
    try:
        for prompt in (b"(hex): ", b"once more: "):
            while prompt not in seen:
                seen += os.read(terminal, 1024)
            os.write(terminal, " ".join(re.findall("....", part)).encode() + b"\n")
        while b"told" not in seen or not seen.rstrip().endswith(told_of(part)):
            seen += os.read(terminal, 1024)
    finally:
        os.waitpid(child, 0)
        os.close(terminal)
    assert part.encode() not in seen.replace(b" ", b"")


def told_of(part):
    return check_value("3des", "ecb-zeros", bytes.fromhex(part)).encode()


def test_a_terminal_that_would_show_it_is_none(monkeypatch):
    def shows(_):
        raise getpass.GetPassWarning("cannot control echo")

    monkeypatch.setattr(getpass, "getpass", shows)
    with pytest.raises(TerminalMissing):
        desk.component()


def test_a_component_is_typed_twice(db):
    answers = iter(["00 11", "0011", "0011", "0012"])
    assert desk.component(lambda _: next(answers)) == b"\x00\x11"
    with pytest.raises(ComponentWrong):
        desk.component(lambda _: next(answers))


def test_the_rehearsal_is_the_sandbox_s_and_makes_nobody_twice(db, say, monkeypatch):
    first, _, _ = cast(say)
    again, _, _ = cast(say)
    people = {tokens.holder_of(token, NOW) for token in first.values()}
    assert Person.objects.filter(pk__in=[one.pk for one in people if one]).count() <= 5
    assert set(first) == set(again)
    monkeypatch.setenv("GATEWAY_ENV", "production")
    with pytest.raises(CommandError, match="sandbox"):
        call_command("key_rehearsal")


def test_every_command_of_the_document_is_understood():
    text = (ROOT / "docs" / "keys.md").read_text(encoding="utf-8")
    lines = re.findall(r"^manage\.py key_ceremony (.+)$", text, re.MULTILINE)
    named = {"CEREMONY", "KEY", "APPROVAL"}
    parser = key_ceremony.Command().create_parser("manage.py", "key_ceremony")
    acts = set()
    for line in lines:
        words = [str(uuid4()) if word in named else word for word in shlex.split(line)]
        acts.add(parser.parse_args(words).act)
    assert len(lines) >= 15
    assert acts == set(key_ceremony.ACTS) - {"combine"}
