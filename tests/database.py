"""Has a real PostgreSQL running before pytest reads the settings; loaded by `-p tests.database`."""

import os

os.environ.setdefault("GATEWAY_ENV", "sandbox")
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "gateway.settings")

if not os.environ.get("DATABASE_URL"):
    from gateway.sandbox import postgres

    postgres.start(postgres.default_data_dir())
