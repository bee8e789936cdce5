"""Between pools: what one collects or gives back for another, netted and settled the day after."""
