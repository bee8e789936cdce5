"""What only 银联 keeps in its book: transactions, each known by merchant, number and time."""

TABLES = """
CREATE TABLE IF NOT EXISTS orders (
  seq INTEGER PRIMARY KEY AUTOINCREMENT, mer_id TEXT NOT NULL, order_no TEXT NOT NULL,
  txn_time TEXT NOT NULL, biz_type TEXT NOT NULL,
  amount_fen INTEGER NOT NULL CHECK (amount_fen > 0),
  reserved TEXT NOT NULL, notify_url TEXT NOT NULL, expires_at REAL, wish TEXT NOT NULL,
  code TEXT NOT NULL, made_at REAL NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('WAITING', 'PAID', 'FAILED')),
  transaction_no TEXT, paid_fen INTEGER, paid_at REAL, UNIQUE (mer_id, order_no, txn_time));
CREATE TABLE IF NOT EXISTS refund (
  seq INTEGER PRIMARY KEY AUTOINCREMENT, mer_id TEXT NOT NULL, refund_no TEXT NOT NULL,
  txn_time TEXT NOT NULL, order_seq INTEGER NOT NULL REFERENCES orders, query_id TEXT NOT NULL,
  amount_fen INTEGER NOT NULL CHECK (amount_fen > 0), reserved TEXT NOT NULL,
  notify_url TEXT NOT NULL, made_at REAL NOT NULL, settle_at REAL, outcome TEXT NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('PROCESSING', 'DONE', 'FAILED')),
  done_at REAL, UNIQUE (mer_id, refund_no, txn_time));
"""
