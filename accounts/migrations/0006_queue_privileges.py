"""The web may only ring the queue's bell; its schedules and results belong to the worker alone."""

from django.db import migrations

TABLES = "django_q_ormq, django_q_schedule, django_q_task"

# INSERT ... RETURNING id, which the ORM sends, reads the column id and nothing else.
ONLY_RING = f"""
REVOKE ALL ON {TABLES} FROM PUBLIC, gateway_app, gateway_service, gateway_worker;
GRANT INSERT, SELECT (id) ON django_q_ormq TO gateway_service;
GRANT SELECT, INSERT, UPDATE, DELETE ON {TABLES} TO gateway_worker;
"""

AS_BEFORE = f"""
REVOKE ALL ON {TABLES} FROM gateway_service, gateway_worker;
REVOKE SELECT (id) ON django_q_ormq FROM gateway_service;
GRANT SELECT, INSERT, UPDATE, DELETE ON {TABLES} TO gateway_app;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0005_henan"),
        ("django_q", "0019_alter_task_options_alter_ormq_key_alter_ormq_lock_and_more"),
    ]

    operations = [migrations.RunSQL(ONLY_RING, AS_BEFORE)]
