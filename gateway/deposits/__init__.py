"""押金: money taken with a card, kept apart from its purse, and given back with the card."""
