"""What journeys share: a wallet process, a catcher of its notices, a small province."""
