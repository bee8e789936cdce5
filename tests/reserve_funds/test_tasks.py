"""What the book needs done regularly."""

import time

from django.db import connection

from reserve_funds import tasks
from reserve_funds.ledger import book, queries
from reserve_funds.ledger.check import check_figures
from tests.reserve_funds.stories import confirmed


def test_a_long_tail_is_folded_and_the_balance_stays(lasting_pool: int) -> None:
    batch = [confirmed(lasting_pool, 1) for _ in range(30)]
    book.post(batch)
    for _ in range(100):  # somebody's older transaction may hold the fold back
        tasks.fold_long_tails(long=30)
        with connection.cursor() as cursor:
            cursor.execute("SELECT count(*) FROM ledger.tally WHERE pool = %s", [lasting_pool])
            if cursor.fetchone()[0] == 1:
                break
        time.sleep(0.1)
    else:
        raise AssertionError("the long tail was never folded")
    assert queries.balance_fen(lasting_pool, batch[0].debit) == 30
    assert check_figures(lasting_pool).findings == []


def test_making_months_again_changes_nothing(lasting_db: None) -> None:
    tasks.make_months()
    tasks.make_months()
