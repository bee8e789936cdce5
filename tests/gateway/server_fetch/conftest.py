"""The stage of journeys, for the tests of this room."""

from tests.journeys.conftest import catcher, province, running_wallet, wallet_dir

__all__ = ["catcher", "province", "running_wallet", "wallet_dir"]
