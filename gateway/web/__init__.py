"""Citizens' pages: what a phone's browser meets."""
