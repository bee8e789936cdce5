"""Channels' daily bills: fetched, taken whole, compared with our rows, and what the day cost."""
