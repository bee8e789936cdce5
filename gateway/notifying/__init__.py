"""通知: what happened to a citizen's money and cards, told once: in the app, by short message."""
