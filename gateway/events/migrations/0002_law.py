"""Endpoints move as allowed, and an event says for ever what it said first."""

from django.db import migrations

from accounts.moves import lifecycle_operations

ENDPOINT = {
    "unproven": {"active", "retired"},
    "active": {"paused", "retired"},
    "paused": {"active", "retired"},
    "retired": set[str](),
}
KEEP = """
CREATE FUNCTION events_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'an event is written once'
        USING ERRCODE = 'integrity_constraint_violation',
              CONSTRAINT = 'events_event_is_written_once';
END $$;
CREATE TRIGGER events_event_is_written_once BEFORE UPDATE OR TRUNCATE ON events_event
    FOR EACH STATEMENT EXECUTE FUNCTION events_refuse_change();
ALTER TABLE events_event ENABLE ALWAYS TRIGGER events_event_is_written_once;
REVOKE UPDATE, TRUNCATE, TRIGGER, REFERENCES ON events_event FROM gateway_app;
REVOKE DELETE, TRUNCATE ON events_told, events_endpoint FROM gateway_app;
"""
FREE = """
GRANT DELETE ON events_told, events_endpoint TO gateway_app;
GRANT UPDATE ON events_event TO gateway_app;
DROP TRIGGER events_event_is_written_once ON events_event;
DROP FUNCTION events_refuse_change();
"""


class Migration(migrations.Migration):
    """The database refuses everything else, whoever asks; old events may be deleted."""

    dependencies = [("events", "0001_initial"), ("accounts", "0002_law")]
    operations = [
        *lifecycle_operations("event_endpoint", "events_endpoint", ENDPOINT),
        migrations.RunSQL(KEEP, FREE),
    ]
