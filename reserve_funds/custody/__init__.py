"""The bank's side of the reserve: what it says it holds for each pool, and what we tell it."""
