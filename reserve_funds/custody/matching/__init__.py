"""对账: five sides told as neutral lines, matched as sets, every difference named and explained."""
