"""The officers' pages: what waits, what was decided, and why; a page decides nothing."""
