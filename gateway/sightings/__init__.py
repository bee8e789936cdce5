"""Brings what cards have proved to the reserve's books: sightings, one way, as they come."""
