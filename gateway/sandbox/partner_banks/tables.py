"""What only a bank keeps in its book: orders, refunds, accounts, transfers, statements."""

TABLES = """
CREATE TABLE IF NOT EXISTS orders (
  seq INTEGER PRIMARY KEY AUTOINCREMENT, merchant_no TEXT NOT NULL, order_no TEXT NOT NULL,
  app_no TEXT NOT NULL, product TEXT NOT NULL,
  amount_fen INTEGER NOT NULL CHECK (amount_fen > 0), description TEXT NOT NULL,
  notify_url TEXT NOT NULL, expires_at REAL NOT NULL, wish TEXT NOT NULL, made_at REAL NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('WAITING', 'PAID', 'REFUNDED', 'CLOSED', 'REVERSED')),
  transaction_no TEXT, serial_day TEXT, serial TEXT, payer_no TEXT, payer_name TEXT,
  paid_fen INTEGER, paid_at REAL, closed_at REAL, reversed_at REAL,
  UNIQUE (merchant_no, order_no));
CREATE TABLE IF NOT EXISTS refund (
  seq INTEGER PRIMARY KEY AUTOINCREMENT, merchant_no TEXT NOT NULL, refund_no TEXT NOT NULL,
  order_seq INTEGER NOT NULL REFERENCES orders, channel_refund_no TEXT NOT NULL,
  amount_fen INTEGER NOT NULL CHECK (amount_fen > 0), wish TEXT NOT NULL,
  notify_url TEXT NOT NULL, made_at REAL NOT NULL, settle_at REAL,
  state TEXT NOT NULL CHECK (state IN ('PROCESSING', 'DONE', 'CLOSED', 'ABNORMAL')),
  outcome TEXT NOT NULL, done_at REAL, UNIQUE (merchant_no, refund_no));
CREATE TABLE IF NOT EXISTS account_entry (
  seq INTEGER PRIMARY KEY AUTOINCREMENT, account_no TEXT NOT NULL, day TEXT NOT NULL,
  at REAL NOT NULL, side TEXT NOT NULL CHECK (side IN ('in', 'out')),
  amount_fen INTEGER NOT NULL CHECK (amount_fen > 0), reversal INTEGER NOT NULL,
  our_no TEXT NOT NULL, other_no TEXT NOT NULL, other_name TEXT NOT NULL, summary TEXT NOT NULL,
  remark TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS payout (
  seq INTEGER PRIMARY KEY AUTOINCREMENT, merchant_no TEXT NOT NULL, payout_no TEXT NOT NULL,
  account_no TEXT NOT NULL, payee_account TEXT NOT NULL, payee_name TEXT NOT NULL,
  amount_fen INTEGER NOT NULL CHECK (amount_fen > 0), purpose TEXT NOT NULL, wish TEXT NOT NULL,
  made_at REAL NOT NULL, due_at REAL,
  state TEXT NOT NULL CHECK (state IN ('ACCEPTED', 'PAID', 'REJECTED', 'RETURNED')),
  outcome TEXT NOT NULL, return_seconds REAL NOT NULL, reason TEXT NOT NULL DEFAULT '',
  serial TEXT, done_at REAL, times INTEGER NOT NULL DEFAULT 1, UNIQUE (merchant_no, payout_no));
CREATE TABLE IF NOT EXISTS statement (
  account_no TEXT NOT NULL, day TEXT NOT NULL, name TEXT NOT NULL, finish_at REAL,
  PRIMARY KEY (account_no, day));
"""
