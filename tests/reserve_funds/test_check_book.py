"""What the check of the book says of a sound one."""

from reserve_funds.ledger import catalogue
from reserve_funds.ledger.check import check


def test_a_fresh_book_is_as_written(pool: int) -> None:
    assert catalogue.differences(catalogue.live()) == []
    assert check(pool).findings == []
