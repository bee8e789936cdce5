"""The whole journey, played over HTTP against the running service with a card at the other end."""
