"""How a kiosk's rows may move, what is written once, and that a sequence number only rises."""

from django.db import migrations

from accounts.moves import append_only_operations, lifecycle_operations
from gateway.kiosk.lifecycle import (
    BOX_MOVES,
    COUNT_MOVES,
    ENROLMENT_MOVES,
    INTAKE_MOVES,
    KEY_MOVES,
    SESSION_MOVES,
    SETTLEMENT_MOVES,
)

RISES = """
CREATE FUNCTION public.kiosk_line_only_rises() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.kiosk_id <> OLD.kiosk_id OR NEW.sequence <= OLD.sequence THEN
        RAISE EXCEPTION 'a sequence number only rises'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'kiosk_line_only_rises';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER kiosk_line_only_rises BEFORE UPDATE ON public.kiosk_line
    FOR EACH ROW EXECUTE FUNCTION public.kiosk_line_only_rises();
ALTER TABLE public.kiosk_line ENABLE ALWAYS TRIGGER kiosk_line_only_rises;
"""
KEPT = "kiosk_line, kiosk_enrolment, kiosk_key, kiosk_session, kiosk_box, kiosk_intake, kiosk_count"
KEPT += ", kiosk_settlement, kiosk_difference"


class Migration(migrations.Migration):
    dependencies = [("kiosk", "0001_initial"), ("accounts", "0014_word_of_an_approval")]
    operations = [
        *lifecycle_operations("kiosk_enrolment", "kiosk_enrolment", ENROLMENT_MOVES),
        *lifecycle_operations("kiosk_key", "kiosk_key", KEY_MOVES),
        *lifecycle_operations("kiosk_session", "kiosk_session", SESSION_MOVES),
        *lifecycle_operations("cash_box", "kiosk_box", BOX_MOVES),
        *lifecycle_operations("cash_intake", "kiosk_intake", INTAKE_MOVES),
        *lifecycle_operations("cash_count", "kiosk_count", COUNT_MOVES),
        *lifecycle_operations("kiosk_settlement", "kiosk_settlement", SETTLEMENT_MOVES),
        *append_only_operations("kiosk_grant"),
        *append_only_operations("kiosk_record"),
        *append_only_operations("kiosk_shop"),
        *append_only_operations("kiosk_carried_load"),
        migrations.RunSQL(
            RISES,
            "DROP TRIGGER kiosk_line_only_rises ON public.kiosk_line; "
            "DROP FUNCTION public.kiosk_line_only_rises();",
        ),
        migrations.RunSQL(
            f"REVOKE DELETE, TRUNCATE ON {KEPT} FROM gateway_app;",
            f"GRANT DELETE ON {KEPT} TO gateway_app;",
        ),
    ]
