"""The reference kiosk: a whole machine that takes cash, loads cards and forgets nothing."""
