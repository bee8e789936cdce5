"""Channels' pushes: taken in or refused, sealed day by day, brought again when officers ask."""
