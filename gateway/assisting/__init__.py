"""柜面代办: a clerk acts for a citizen who stands at the counter, and the trail says so."""
