"""The move from a legacy system: its balances, a parallel run, a sign-off by two people."""
