"""Makes operators sellers at the sandbox's invoicing office, each side given the other's keys."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path

from accounts.models import Operator
from gateway.invoice.models import InvoiceSeller
from gateway.invoice.titles import check_of
from gateway.sandbox.introductions.acquaintance import our_ed25519_key
from gateway.sandbox.invoice_office.office import SELLERS, OfficeState

SECRET, KEY_ID = "invoice-sandbox-signing-key", "invoice-ours-1"


def introduce(operators: Iterable[Operator], *, place: Path, url: str) -> int:
    """Every operator sells from now on; twice is once. Nothing without an office's address."""
    if not url:
        return 0
    public_pem = our_ed25519_key(SECRET)
    keys = {key.key_id: key.public_pem.decode() for key in OfficeState(place).keyring.all()}
    file = place / SELLERS
    known = json.loads(file.read_text(encoding="utf-8")) if file.exists() else {}
    rows = []
    for operator in operators:
        first = f"91410100MA{operator.pool:07d}"
        number = first + check_of(first)
        name = f"{operator.name_zh}公交卡公司（沙箱）"
        known[number] = {"name": name, "key_id": KEY_ID, "public_pem": public_pem}
        rows.append(
            InvoiceSeller(
                pool=operator.pool,
                name=name,
                taxpayer_no=number,
                office="contract",
                base_url=url,
                key_id=KEY_ID,
                signing_key_secret=SECRET,
                office_keys=keys,
            )
        )
    file.write_text(json.dumps(known, ensure_ascii=False), encoding="utf-8")
    InvoiceSeller.objects.bulk_create(
        rows,
        update_conflicts=True,
        unique_fields=["pool"],
        update_fields=["name", "taxpayer_no", "base_url", "office_keys"],
    )
    return len(rows)
