"""The province in a box: everything a real province would bring; never installed in production."""
