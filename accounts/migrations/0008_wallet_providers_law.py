"""Providers and their keys move only as allowed, and what a key says is never changed."""

from django.db import migrations

from accounts.moves import lifecycle_operations

PROVIDER = {
    "active": {"suspended", "closed"},
    "suspended": {"active", "closed"},
    "closed": set[str](),
}
KEY = {"active": {"retired"}, "retired": set[str]()}

KEPT = """
CREATE FUNCTION accounts_keep_provider_key() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF (to_jsonb(NEW) - 'state') IS DISTINCT FROM (to_jsonb(OLD) - 'state') THEN
        RAISE EXCEPTION 'a provider key keeps what it says'
            USING ERRCODE = 'restrict_violation', CONSTRAINT = TG_NAME,
                  TABLE = TG_TABLE_NAME, SCHEMA = TG_TABLE_SCHEMA;
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER accounts_provider_key_keeps_what_it_says BEFORE UPDATE ON accounts_providerkey
    FOR EACH ROW EXECUTE FUNCTION accounts_keep_provider_key();
ALTER TABLE accounts_providerkey ENABLE ALWAYS TRIGGER accounts_provider_key_keeps_what_it_says;
REVOKE DELETE, TRUNCATE ON accounts_providerkey, accounts_walletprovider FROM gateway_app;
"""

AS_BEFORE = """
DROP TRIGGER accounts_provider_key_keeps_what_it_says ON accounts_providerkey;
DROP FUNCTION accounts_keep_provider_key();
GRANT DELETE ON accounts_providerkey, accounts_walletprovider TO gateway_app;
"""


class Migration(migrations.Migration):
    """What Python promises of them, the database promises too."""

    dependencies = [("accounts", "0007_wallet_providers")]
    operations = [
        *lifecycle_operations("wallet_provider", "accounts_walletprovider", PROVIDER),
        *lifecycle_operations("provider_key", "accounts_providerkey", KEY),
        migrations.RunSQL(KEPT, AS_BEFORE),
    ]
