"""Losses of any kind: own money owes them to the reserve, mirrored, and people look into them."""
