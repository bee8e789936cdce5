"""Tests of the card services."""
