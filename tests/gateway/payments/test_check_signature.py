"""manage.py check_signature: for the engineer at the other end, and without any secret of ours."""

from __future__ import annotations

import json
from pathlib import Path
from uuid import uuid4

import pytest
from django.core.management import CommandError, call_command

from gateway.payments.models import MerchantAccount

SAMPLE = Path(__file__).parents[2] / "samples/partner_banks/bank_guomi"
AT = "2026-11-22T12:00:00+08:00"


@pytest.fixture
def account(db: None) -> MerchantAccount:
    """An account whose secrets do not exist anywhere."""
    key_id = (SAMPLE / "key-id").read_text().strip()
    return MerchantAccount.objects.create(
        id=uuid4(),
        channel="bank_guomi",
        pool=1,
        merchant_no=uuid4().hex[:15],
        app_no="00000001",
        base_url="https://epay.bank.example",
        notify_base_url="https://gateway.example",
        signing_serial="ours-1",
        signing_key_secret="there-is-no-such-secret",
        platform_keys={key_id: (SAMPLE / "public.pem").read_text()},
        open_for_payments=False,
    )


def _run(account: MerchantAccount, capsys, *words: str, at: str = AT) -> str:  # type: ignore[no-untyped-def]
    fixed = ["bank_guomi", "--merchant", account.merchant_no, "--at", at]
    fixed += ["--headers", str(SAMPLE / "notice.headers.json")]
    call_command("check_signature", *fixed, *words)
    told: str = capsys.readouterr().out
    return told


def test_a_good_push_is_told_with_its_canonical_text(account, capsys) -> None:  # type: ignore[no-untyped-def]
    told = _run(account, capsys, "--body", str(SAMPLE / "notice.body"))
    assert "verdict 结论: good" in told
    assert (SAMPLE / "canonical").read_text() in told
    assert "SM3(Z‖M):" in told


def test_a_changed_push_fails_and_shows_where_the_texts_part(  # type: ignore[no-untyped-def]
    account, capsys, tmp_path: Path
) -> None:
    words = json.loads((SAMPLE / "notice.body").read_bytes())
    signature = words["sign"]
    (tmp_path / "body").write_text(json.dumps({**words, "txnAmt": "5001"}))
    with pytest.raises(CommandError, match="wrong"):
        _run(
            account, capsys,
            "--body", str(tmp_path / "body"), "--theirs", str(SAMPLE / "canonical"),
        )  # fmt: skip
    told = capsys.readouterr().out
    assert "theirs_is_signed" in told
    assert "first difference" in told
    assert signature not in told


def test_a_late_look_is_stale_and_a_moment_needs_its_offset(account, capsys) -> None:  # type: ignore[no-untyped-def]
    body = str(SAMPLE / "notice.body")
    with pytest.raises(CommandError, match="stale"):
        _run(account, capsys, "--body", body, at="2026-11-22T12:06:40+08:00")
    assert "skew 时差 400 s" in capsys.readouterr().out
    with pytest.raises(CommandError, match="offset"):
        _run(account, capsys, "--body", body, at="2026-11-22T12:00:00")
    with pytest.raises(CommandError, match="cannot be read"):
        _run(account, capsys, "--body", "/nowhere/at/all")
