"""充值: from a citizen's wish to value on the card."""
