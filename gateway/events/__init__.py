"""Outgoing events: what the house tells operators and apps, signed, at least once, in order."""
