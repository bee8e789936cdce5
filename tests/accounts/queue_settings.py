"""The house's settings with accounts alone, for processes that a test starts beside itself."""

import gateway.settings as house

globals().update({name: value for name, value in vars(house).items() if name.isupper()})

INSTALLED_APPS = [
    "django.contrib.contenttypes",
    "django.contrib.auth",
    "django_q",
    "accounts",
]
DUTY_MODULES = ["tests.accounts.queue_duties"]
