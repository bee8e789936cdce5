"""Ninety days of a province on a virtual calendar: habits, injected faults, and what was found."""
