"""States move only as allowed, and the trail only grows: for everybody who can speak SQL."""

from django.db import migrations

from accounts.moves import append_only_operations, lifecycle_operations

ALLOWED_MOVES = """
CREATE TABLE accounts_allowed_move (
    kind       varchar(48) NOT NULL,
    from_state varchar(48) NOT NULL,
    to_state   varchar(48) NOT NULL,
    PRIMARY KEY (kind, from_state, to_state)
);
REVOKE ALL ON accounts_allowed_move FROM gateway_app;
GRANT SELECT ON accounts_allowed_move TO PUBLIC;

CREATE FUNCTION accounts_refuse_other_moves() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    before text := '';
BEGIN
    IF TG_OP = 'UPDATE' THEN
        before := OLD.state;
    END IF;
    PERFORM 1 FROM public.accounts_allowed_move AS allowed
      WHERE allowed.kind = TG_ARGV[0]
        AND allowed.from_state = before
        AND allowed.to_state = NEW.state;
    IF NOT FOUND THEN
        RAISE EXCEPTION '% may not move from "%" to "%"', TG_ARGV[0], before, NEW.state
            USING ERRCODE = 'check_violation', CONSTRAINT = 'accounts_allowed_move',
                  TABLE = TG_TABLE_NAME, SCHEMA = TG_TABLE_SCHEMA;
    END IF;
    RETURN NEW;
END
$$;

CREATE FUNCTION accounts_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% is append-only: % refused', TG_TABLE_NAME, TG_OP
        USING ERRCODE = 'restrict_violation', CONSTRAINT = TG_NAME,
              TABLE = TG_TABLE_NAME, SCHEMA = TG_TABLE_SCHEMA;
END
$$;
"""

NO_ALLOWED_MOVES = """
DROP FUNCTION accounts_refuse_change();
DROP FUNCTION accounts_refuse_other_moves();
DROP TABLE accounts_allowed_move;
"""

KEPT = (
    "accounts_person, accounts_rolegrant, accounts_operator, accounts_transitcard, accounts_kiosk, "
    "accounts_partnerbank, accounts_bearertoken, accounts_approval, accounts_duty"
)

CARD = {
    "in_use": {"lost", "replaced", "closed"},
    "lost": {"in_use", "replaced", "closed"},
    "replaced": {"closed"},
    "closed": set(),
}
KIOSK = {
    "planned": {"in_service", "retired"},
    "in_service": {"suspended", "retired"},
    "suspended": {"in_service", "retired"},
    "retired": set(),
}
BANK = {"active": {"suspended", "closed"}, "suspended": {"active", "closed"}, "closed": set()}


class Migration(migrations.Migration):
    dependencies = [("accounts", "0001_initial")]

    operations = [
        migrations.RunSQL(ALLOWED_MOVES, NO_ALLOWED_MOVES),
        *append_only_operations("accounts_transition"),
        *append_only_operations("accounts_auditentry"),
        *append_only_operations("accounts_securityevent"),
        *lifecycle_operations("transit_card", "accounts_transitcard", CARD),
        *lifecycle_operations("kiosk", "accounts_kiosk", KIOSK),
        *lifecycle_operations("partner_bank", "accounts_partnerbank", BANK),
        migrations.RunSQL(
            f"REVOKE DELETE, TRUNCATE ON {KEPT} FROM gateway_app;",
            f"GRANT DELETE ON {KEPT} TO gateway_app;",
        ),
        migrations.RunSQL(
            """
            DO $$ BEGIN
                IF to_regclass('public.django_migrations') IS NOT NULL THEN
                    REVOKE INSERT, UPDATE, DELETE, TRUNCATE ON django_migrations FROM gateway_app;
                END IF;
            END $$;
            """,
            migrations.RunSQL.noop,
        ),
    ]
