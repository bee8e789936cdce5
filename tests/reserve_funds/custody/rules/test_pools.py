"""A pool's profile is read from the business day, not from what somebody remembers."""

from datetime import timedelta

import pytest

from reserve_funds.custody.rules import pools
from reserve_funds.errors import PoolNotOpen
from tests.reserve_funds.conftest import DAY, fresh_pool_number


def test_a_pool_lives_under_the_profile_its_day_was_opened_with(pool):
    assert pools.profile_of(pool, DAY).name == "MOT"
    assert pools.profile_of(pool, DAY + timedelta(days=30)).name == "MOT"


def test_before_its_first_day_a_pool_has_none(pool):
    with pytest.raises(PoolNotOpen):
        pools.profile_of(pool, DAY - timedelta(days=1))
    with pytest.raises(PoolNotOpen):
        pools.profile_of(fresh_pool_number(), DAY)
