"""The rules a reserve lives under: profiles as data, each rule with clause and confidence."""
