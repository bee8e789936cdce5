"""An account of ours at a running sandbox bank, with an outbox of its own."""

import json
import secrets
from datetime import timedelta

from tests.gateway.channels.banks.peer import MERCHANT_NO


class Account:
    """Registered at the bank from yesterday of its clock on; what the bank knew before stays."""

    def __init__(self, us, *, form, opening_fen=0, merchant_no=MERCHANT_NO, outbox=None, days=0):
        self.us = us
        self.number = f"1702{secrets.randbelow(10**15):015d}"
        self.first_day = us.bank_now().date() - timedelta(days=days)
        self.file = us.place / "accounts.json"
        told = json.loads(self.file.read_text()) if self.file.exists() else {"accounts": {}}
        told["outbox"] = str(outbox) if outbox else told.get("outbox", "")
        told["accounts"][self.number] = {
            "merchant_no": merchant_no,
            "name": "备付金专户",
            "form": form,
            "first_day": self.first_day.isoformat(),
            "opening_fen": opening_fen,
            "by_sftp": outbox is not None,
        }
        half = self.file.with_suffix(".new")
        half.write_text(json.dumps(told))
        half.replace(self.file)

    def balance_fen(self):
        return self.us.bank.book()["balances_fen"][self.number]

    def enter(self, side, amount_fen, **told):
        return self.us.bank.act(
            "enter", account_no=self.number, side=side, amount_fen=amount_fen, **told
        )
