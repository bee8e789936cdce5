"""What machines set aside, and how two officers decide it."""
