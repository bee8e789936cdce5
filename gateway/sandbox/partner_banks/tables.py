"""What only a bank keeps in its book: orders and refunds."""

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
"""
