"""空中充值: a wallet provider's server fetches the load of a paid order for a card in a phone."""
