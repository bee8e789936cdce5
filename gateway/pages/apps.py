"""Tells Django where the design system's templates, static files and words are."""

from django.apps import AppConfig


class PagesConfig(AppConfig):
    """The design system of citizens' and officers' pages."""

    name = "gateway.pages"
    label = "pages"
