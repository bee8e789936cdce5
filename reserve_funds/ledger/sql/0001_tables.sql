-- The tables of the book. Everything here belongs to ledger_owner, a role nobody can log in as.
-- Runs as the migrating role after SET ROLE ledger_owner; must run on PostgreSQL 15 and later.

CREATE SCHEMA ledger;

-- A domain is checked once, when a value comes in; a CHECK of the table at every UPDATE again.
CREATE DOMAIN ledger.fen AS bigint NOT NULL
    CONSTRAINT ledger_transfer_amount_is_sound CHECK (VALUE > 0 AND VALUE <= 1000000000000000);
CREATE DOMAIN ledger.act AS smallint NOT NULL
    CONSTRAINT ledger_transfer_act_is_known CHECK (VALUE BETWEEN 1 AND 4);
CREATE DOMAIN ledger.owner_text AS text NOT NULL
    CONSTRAINT ledger_account_has_an_owner CHECK (length(VALUE) BETWEEN 1 AND 200);

-- 科目表: filled from chart.py by migration, never shrunk.
CREATE TABLE ledger.account_kind (
    number  smallint PRIMARY KEY,
    name    text     NOT NULL UNIQUE,
    zh      text     NOT NULL,
    book    text     NOT NULL,
    side    text     NOT NULL,
    guarded boolean  NOT NULL,
    CONSTRAINT ledger_kind_has_four_digits CHECK (number BETWEEN 1000 AND 9999),
    CONSTRAINT ledger_kind_is_in_a_known_book CHECK (book IN ('reserve', 'own', 'memo')),
    CONSTRAINT ledger_kind_has_a_side CHECK (side IN ('debit', 'credit')),
    UNIQUE (number, book, guarded, side),
    UNIQUE (number, guarded, side)
);

-- 会计分录手册: which kinds may meet, why, and whether an approval must stand behind it.
CREATE TABLE ledger.posting_rule (
    profile        text     NOT NULL,
    code           text     NOT NULL,
    debit_kind     smallint NOT NULL,
    credit_kind    smallint NOT NULL,
    book           text     NOT NULL,
    needs_approval boolean  NOT NULL,
    purpose        text,
    debit_guarded  boolean  NOT NULL,
    debit_side     text     NOT NULL,
    credit_guarded boolean  NOT NULL,
    credit_side    text     NOT NULL,
    PRIMARY KEY (profile, code, debit_kind, credit_kind),
    UNIQUE (profile, code, debit_kind, credit_kind, needs_approval),
    CONSTRAINT ledger_rule_debits_a_kind_of_its_book
        FOREIGN KEY (debit_kind, book, debit_guarded, debit_side)
        REFERENCES ledger.account_kind (number, book, guarded, side),
    CONSTRAINT ledger_rule_credits_a_kind_of_its_book
        FOREIGN KEY (credit_kind, book, credit_guarded, credit_side)
        REFERENCES ledger.account_kind (number, book, guarded, side)
);

-- One operator's reserve fund (备付金专户) and the rule profile it lives under.
CREATE TABLE ledger.pool (
    pool      integer     PRIMARY KEY,
    profile   text        NOT NULL,
    opened_at timestamptz NOT NULL,
    CONSTRAINT ledger_pool_number_is_positive CHECK (pool > 0)
);

CREATE TABLE ledger.business_day (
    pool      integer     NOT NULL REFERENCES ledger.pool (pool),
    day       date        NOT NULL,
    profile   text        NOT NULL,
    state     text        NOT NULL,
    opened_at timestamptz NOT NULL,
    cut_at    timestamptz,
    PRIMARY KEY (pool, day),
    CONSTRAINT ledger_day_state_is_known
        CHECK (state IN ('open', 'cut', 'checking', 'closed', 'blocked')),
    CONSTRAINT ledger_day_is_cut_when_it_is_not_open CHECK ((state = 'open') = (cut_at IS NULL))
);
CREATE UNIQUE INDEX ledger_one_open_day_per_pool ON ledger.business_day (pool)
    WHERE state = 'open';

-- Transaction numbers start again after dump and restore, so a transfer's place in the book is
-- its epoch's number * 2^48 + its transaction's number: that only ever grows. horizon = the highest
-- place any fold relied on; nobody may write below it.
CREATE TABLE ledger.epoch (
    number     integer     PRIMARY KEY,
    is_current boolean     NOT NULL,
    horizon    bigint      NOT NULL,
    opened_at  timestamptz NOT NULL,
    CONSTRAINT ledger_epoch_number_is_sound CHECK (number BETWEEN 1 AND 32000)
);
CREATE UNIQUE INDEX ledger_one_current_epoch ON ledger.epoch (is_current) WHERE is_current;

-- 分户账. Guarded ones keep running totals (held money counts against the limit);
-- the totals of tallied ones stay zero: theirs are in ledger.tally and the transfers after it.
CREATE TABLE ledger.account (
    pool          integer  NOT NULL REFERENCES ledger.pool (pool),
    kind          smallint NOT NULL,
    guarded       boolean  NOT NULL,
    id            uuid     NOT NULL,
    debit_posted  bigint   NOT NULL DEFAULT 0,
    credit_posted bigint   NOT NULL DEFAULT 0,
    debit_held    bigint   NOT NULL DEFAULT 0,
    credit_held   bigint   NOT NULL DEFAULT 0,
    -- what may still be spent: the balance on the account's own side less what is held against it
    available_fen bigint   NOT NULL DEFAULT 0,
    side          text     NOT NULL,
    owner         ledger.owner_text,
    PRIMARY KEY (pool, id),
    UNIQUE (pool, kind, owner),
    CONSTRAINT ledger_account_is_of_a_known_kind FOREIGN KEY (kind, guarded, side)
        REFERENCES ledger.account_kind (number, guarded, side),
    CONSTRAINT ledger_account_never_overdrawn CHECK (available_fen >= 0)
) WITH (fillfactor = 60);

-- What an account came to below a place nobody can write under any more: all of it, and at the
-- end of each day it moved on. since_day = the first day that can hold transfers from the horizon on.
CREATE TABLE ledger.tally (
    pool          integer NOT NULL,
    account       uuid    NOT NULL,
    horizon       bigint  NOT NULL,
    since_day     date    NOT NULL,
    debit_posted  numeric NOT NULL,
    credit_posted numeric NOT NULL,
    debit_held    numeric NOT NULL,
    credit_held   numeric NOT NULL,
    PRIMARY KEY (pool, account),
    CONSTRAINT ledger_tally_is_of_an_account FOREIGN KEY (pool, account)
        REFERENCES ledger.account (pool, id)
);
CREATE TABLE ledger.tally_day (
    pool          integer NOT NULL,
    account       uuid    NOT NULL,
    business_day  date    NOT NULL,
    debit_posted  numeric NOT NULL,
    credit_posted numeric NOT NULL,
    PRIMARY KEY (pool, account, business_day),
    CONSTRAINT ledger_tally_day_is_of_a_tally FOREIGN KEY (pool, account)
        REFERENCES ledger.tally (pool, account)
);

-- The same for whole kinds of a pool: what a trial balance (试算平衡表) is read from.
CREATE TABLE ledger.pool_tally (
    pool      integer PRIMARY KEY REFERENCES ledger.pool (pool),
    horizon   bigint  NOT NULL,
    since_day date    NOT NULL
);
CREATE TABLE ledger.kind_day (
    pool          integer  NOT NULL REFERENCES ledger.pool_tally (pool),
    kind          smallint NOT NULL REFERENCES ledger.account_kind (number),
    business_day  date     NOT NULL,
    debit_posted  numeric  NOT NULL,
    credit_posted numeric  NOT NULL,
    PRIMARY KEY (pool, kind, business_day)
);

-- 转账: one debit, one credit, a positive whole number of fen. act: 1 post 2 hold 3 settle 4 release.
CREATE TABLE ledger.transfer (
    pool           integer     NOT NULL,
    act            ledger.act,
    needs_approval boolean     NOT NULL,
    id             uuid        NOT NULL,
    debit_account  uuid        NOT NULL,
    credit_account uuid        NOT NULL,
    amount_fen     ledger.fen,
    event_at       timestamptz NOT NULL,
    created_at     timestamptz NOT NULL,
    place          bigint      NOT NULL,
    business_day   date        NOT NULL,
    debit_kind     smallint    NOT NULL,
    credit_kind    smallint    NOT NULL,
    profile        text        NOT NULL,
    code           text        NOT NULL,
    approval_id    uuid,
    resolves       uuid,
    reverses       uuid,
    cross_id       uuid,
    PRIMARY KEY (pool, id),
    CONSTRAINT ledger_transfer_moves_between_two_accounts
        CHECK (debit_account <> credit_account),
    CONSTRAINT ledger_transfer_rests_on_its_approval
        CHECK (NOT needs_approval OR approval_id IS NOT NULL),
    CONSTRAINT ledger_transfer_obeys_the_handbook
        FOREIGN KEY (profile, code, debit_kind, credit_kind, needs_approval)
        REFERENCES ledger.posting_rule (profile, code, debit_kind, credit_kind, needs_approval)
) PARTITION BY RANGE (id);

-- without the id: what one transaction books on one account shares an entry, and is sorted by id
CREATE INDEX ledger_transfer_by_debit
    ON ledger.transfer (pool, debit_account, business_day, place);
CREATE INDEX ledger_transfer_by_credit
    ON ledger.transfer (pool, credit_account, business_day, place);
-- rows lie in the order they came: what is new since a place is found by blocks, at no cost a row
CREATE INDEX ledger_transfer_by_place ON ledger.transfer USING brin (place)
    WITH (pages_per_range = 32, autosummarize = on);

-- What the posting function answers for each item it was given.
CREATE TYPE ledger.outcome AS (
    item         integer,
    outcome      text,
    id           uuid,
    act          smallint,
    created_at   timestamptz,
    business_day date,
    detail       text
);
