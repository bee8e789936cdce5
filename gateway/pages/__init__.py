"""The design system: tokens, templates and tags that every page of the house is made of."""
