"""Bank statements as banks send them, read into one canonical form: pure, streamed, strict."""
