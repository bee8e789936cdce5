"""Tests of the house itself: its rules, its settings, its own PostgreSQL."""
