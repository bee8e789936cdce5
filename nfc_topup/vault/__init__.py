"""Where keys work: they go in sealed and never come out."""
