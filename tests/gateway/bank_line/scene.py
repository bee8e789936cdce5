"""A pool whose accounts a running sandbox bank keeps: its officers, its money, its folder."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from accounts import clock
from accounts.models import Operator, PartnerBank
from gateway.bank_line import terms
from gateway.bank_line.models import BankContract
from gateway.sandbox import custody_banks, seed
from gateway.sandbox.custody_banks import Keeper
from reserve_funds.custody.bank import instructions
from reserve_funds.handbook import Purpose
from reserve_funds.ledger import check, pools
from tests.reserve_funds.custody.bank.officers import Desk, an_officer
from tests.support.pools import next_pool

OPENING_FEN = 10_000_000


class Scene(Desk):
    """`account` is the pool's reserve account at the bank; see Desk for its officers and money."""

    def __init__(self, *, channel, bank, place, form="camt053", source="api", days=3):
        now = clock.now()
        self.channel, self.bank, self.place = channel, bank, place
        self.pool = next_pool()
        self.operator = Operator.objects.create(
            code=f"line-{self.pool}",
            name_zh=f"试验市{self.pool}",
            name_en=f"Test {self.pool}",
            level="city",
            pool=self.pool,
        )
        pools.open_pool(self.pool, "MOT", clock.business_day(now))
        seed.introduce(
            [self.operator], channel=channel, place=place, url=bank.base_url,
            gateway_url="http://127.0.0.1:9", now=now,
        )  # fmt: skip
        self.first_day = clock.business_day(now) - timedelta(days=days)
        self.form, self.source, self.outbox = form, source, None
        self._keep()
        self.other = self.income
        self.maker, self.checker, self.third = (an_officer(self.pool) for _ in range(3))
        assert PartnerBank.objects.filter(code=channel).exists()

    def _keep(self):
        keeper = Keeper(channel=self.channel, form=self.form, source=self.source)
        kept = custody_banks.keep(self.operator, keeper, first_day=self.first_day, now=clock.now())
        self.account, self.income = kept
        custody_banks.tell_bank(
            [self.account],
            place=self.place,
            outbox=self.outbox,
            opening_fen=OPENING_FEN,
            by_itself=False,
        )

    def with_folder(self, sshd):
        """The bank lays its files where the SFTP server gives them to us."""
        self.source = "sftp"
        self.outbox = custody_banks.outbox_of(f"{self.channel}-{self.pool}", sshd.home)
        self._keep()
        self.mailbox = custody_banks.open_mailbox(
            f"{self.channel}-{self.pool}", home=sshd.home, port=sshd.port, now=clock.now()
        )
        self.refolded(bank=self.channel)
        return self

    def refolded(self, **changes):
        """Two officers describe the folder otherwise."""
        self.mailbox.refresh_from_db()
        wanted = replace(terms.folder_of(self.mailbox), **changes)
        custody_banks.put_mailbox(wanted, mailbox_id=self.mailbox.pk, now=clock.now())
        self.mailbox.refresh_from_db()

    def agreed(self, account, **changes):
        """Two officers put other terms into the contract about this account; the contract."""
        known = BankContract.objects.get(account_id=account.pk)
        wanted = replace(terms.terms_of(known), **changes)
        return custody_banks.put_contract(account, known.merchant, wanted, now=clock.now())

    def instruction(self, amount_fen=100_00):
        """An approved payout of a settlement, told to nobody yet."""
        made = self.approved(Purpose.CLEARING_SETTLEMENT, amount_fen)
        return instructions.get(made.pk)

    def transfers(self):
        """What the bank's own book has of payouts from this account."""
        return [
            row for row in self.bank.book()["payouts"]
            if row["account_no"] == self.account.account_no
        ]  # fmt: skip

    def balance_fen(self):
        """What the bank's own book says of the account."""
        return self.bank.book()["balances_fen"][self.account.account_no]

    def faults(self):
        """What is wrong in the pool's book."""
        return check.check_figures(self.pool).findings
