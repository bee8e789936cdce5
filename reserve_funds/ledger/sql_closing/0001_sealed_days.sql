-- What a closed day leaves behind: voucher numbers, frozen balances, its seal and its signature.
-- Owned by ledger_owner; written only by the functions of this folder.

ALTER TABLE ledger.business_day
    ADD COLUMN cut_place bigint,
    ADD COLUMN checks    integer NOT NULL DEFAULT 0,
    ADD COLUMN closed_at timestamptz,
    ADD CONSTRAINT ledger_day_is_closed_at_a_moment
        CHECK ((state = 'closed') = (closed_at IS NOT NULL));

-- 凭证号: 1, 2, 3 … without a gap, for every transfer of the day in the order it was booked.
CREATE TABLE ledger.voucher (
    pool         integer NOT NULL,
    business_day date    NOT NULL,
    number       integer NOT NULL,
    transfer     uuid    NOT NULL,
    PRIMARY KEY (pool, business_day, number),
    CONSTRAINT ledger_transfer_has_one_voucher UNIQUE (pool, transfer),
    CONSTRAINT ledger_voucher_is_of_a_day FOREIGN KEY (pool, business_day)
        REFERENCES ledger.business_day (pool, day),
    CONSTRAINT ledger_voucher_number_is_positive CHECK (number > 0)
);

-- DayBalance: what an account that moved on the day had come to at its end. One that did not move
-- has the last row before.
CREATE TABLE ledger.day_balance (
    pool          integer NOT NULL,
    account       uuid    NOT NULL,
    business_day  date    NOT NULL,
    debit_posted  numeric NOT NULL,
    credit_posted numeric NOT NULL,
    debit_held    numeric NOT NULL,
    credit_held   numeric NOT NULL,
    PRIMARY KEY (pool, account, business_day),
    CONSTRAINT ledger_day_balance_is_of_an_account FOREIGN KEY (pool, account)
        REFERENCES ledger.account (pool, id)
);
CREATE INDEX ledger_day_balance_by_day ON ledger.day_balance (pool, business_day);

-- What was booked into a day after its cut, each under an approval.
CREATE TABLE ledger.adjustment (
    pool         integer     NOT NULL,
    transfer     uuid        NOT NULL,
    business_day date        NOT NULL,
    approval_id  uuid        NOT NULL,
    adjusted_at  timestamptz NOT NULL,
    PRIMARY KEY (pool, transfer),
    CONSTRAINT ledger_adjustment_is_of_a_day FOREIGN KEY (pool, business_day)
        REFERENCES ledger.business_day (pool, day)
);

CREATE TABLE ledger.seal (
    pool         integer     NOT NULL,
    business_day date        NOT NULL,
    previous     bytea,
    vouchers     integer     NOT NULL,
    root         bytea       NOT NULL,
    exception    text        NOT NULL,
    approval_id  uuid,
    sealed_at    timestamptz NOT NULL,
    text         text        NOT NULL,
    digest       bytea       NOT NULL,
    PRIMARY KEY (pool, business_day),
    CONSTRAINT ledger_seal_is_of_a_day FOREIGN KEY (pool, business_day)
        REFERENCES ledger.business_day (pool, day),
    CONSTRAINT ledger_exception_rests_on_its_approval
        CHECK ((exception = '') = (approval_id IS NULL)),
    CONSTRAINT ledger_seal_digest_is_of_its_text
        CHECK (digest = sha256(convert_to(text, 'UTF8')))
);

CREATE TABLE ledger.seal_signature (
    pool         integer     NOT NULL,
    business_day date        NOT NULL,
    key_name     text        NOT NULL,
    algorithm    text        NOT NULL,
    public_key   bytea       NOT NULL,
    signature    bytea       NOT NULL,
    signed_at    timestamptz NOT NULL,
    PRIMARY KEY (pool, business_day),
    CONSTRAINT ledger_signature_is_of_a_seal FOREIGN KEY (pool, business_day)
        REFERENCES ledger.seal (pool, business_day)
);

-- open -> cut -> checking -> closed | blocked; blocked is checked again; closed is for ever.
CREATE FUNCTION ledger.day_moves() RETURNS trigger
LANGUAGE plpgsql SECURITY INVOKER SET search_path = pg_catalog, pg_temp
AS $law$
BEGIN
    IF TG_OP = 'INSERT' THEN
        IF NEW.state <> 'open' THEN
            RAISE EXCEPTION 'ledger: a day begins open' USING ERRCODE = 'LG016';
        END IF;
        RETURN NEW;
    END IF;
    IF (OLD.pool, OLD.day, OLD.profile, OLD.opened_at)
           IS DISTINCT FROM (NEW.pool, NEW.day, NEW.profile, NEW.opened_at)
       OR (OLD.state || '>' || NEW.state) NOT IN ('open>cut', 'cut>checking', 'checking>checking',
           'checking>closed', 'checking>blocked', 'blocked>checking')
       OR (OLD.state <> 'open' AND (OLD.cut_at, OLD.cut_place)
           IS DISTINCT FROM (NEW.cut_at, NEW.cut_place)) THEN
        RAISE EXCEPTION 'ledger: day % of pool % does not go from % to %', OLD.day, OLD.pool,
            OLD.state, NEW.state USING ERRCODE = 'LG016', DETAIL = json_build_object(
                'pool', OLD.pool, 'day', OLD.day, 'state', OLD.state)::text;
    END IF;
    IF OLD.state = 'open' THEN
        -- whoever still posts after this cut writes at or above it
        NEW.cut_place := (SELECT ledger.place_of(e.number, pg_snapshot_xmin(pg_current_snapshot()))
                            FROM ledger.epoch e WHERE e.is_current);
    END IF;
    RETURN NEW;
END
$law$;
CREATE TRIGGER ledger_day_moves_as_allowed BEFORE INSERT OR UPDATE ON ledger.business_day
    FOR EACH ROW EXECUTE FUNCTION ledger.day_moves();
ALTER TABLE ledger.business_day ENABLE ALWAYS TRIGGER ledger_day_moves_as_allowed;

SELECT ledger.attach_guards('ledger.voucher', 'INSERT');
SELECT ledger.attach_guards('ledger.day_balance', 'INSERT');
SELECT ledger.attach_guards('ledger.adjustment', 'INSERT');
SELECT ledger.attach_guards('ledger.seal', 'INSERT');
SELECT ledger.attach_guards('ledger.seal_signature', 'INSERT');
GRANT SELECT ON ledger.voucher, ledger.day_balance, ledger.adjustment, ledger.seal,
    ledger.seal_signature TO gateway_app;
