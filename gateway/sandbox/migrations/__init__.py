"""What only a sandbox puts into its database."""
