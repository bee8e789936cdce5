"""The house's addresses as production has them: without the sandbox's."""

from django.urls import URLPattern, URLResolver

from gateway import urls

urlpatterns: list[URLPattern | URLResolver] = [
    one for one in urls.urlpatterns if not str(one.pattern).startswith("sandbox/")
]
