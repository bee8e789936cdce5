"""A fleet of kiosks that works one day in minutes, with everything that can go wrong."""
