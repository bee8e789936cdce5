"""圈存: the truth of cards. What a purse says, which keys answer it, and how a load ends."""
