"""Short messages to people's phones: one port, one provider in use."""
