"""What only this wallet keeps in its book: trades and refunds in 支付宝's states."""

# UNSCANNED: a code was given out and nobody has scanned it, so there is no trade yet.
TABLES = """
CREATE TABLE IF NOT EXISTS orders (
  seq INTEGER PRIMARY KEY AUTOINCREMENT, seller_id TEXT NOT NULL, order_no TEXT NOT NULL,
  app_id TEXT NOT NULL, method TEXT NOT NULL, amount_fen INTEGER NOT NULL CHECK (amount_fen > 0),
  subject TEXT NOT NULL, notify_url TEXT NOT NULL, buyer_id TEXT, expires_at REAL NOT NULL,
  wish TEXT NOT NULL, qr_code TEXT NOT NULL, made_at REAL NOT NULL,
  state TEXT NOT NULL CHECK (state IN
    ('UNSCANNED', 'WAIT_BUYER_PAY', 'TRADE_SUCCESS', 'TRADE_FINISHED', 'TRADE_CLOSED')),
  trade_no TEXT, paid_fen INTEGER, paid_at REAL, refunded_fen INTEGER NOT NULL DEFAULT 0,
  closed_at REAL, UNIQUE (seller_id, order_no), CHECK (refunded_fen <= coalesce(paid_fen, 0)));
CREATE TABLE IF NOT EXISTS refund (
  seq INTEGER PRIMARY KEY AUTOINCREMENT, seller_id TEXT NOT NULL, refund_no TEXT NOT NULL,
  order_seq INTEGER NOT NULL REFERENCES orders,
  amount_fen INTEGER NOT NULL CHECK (amount_fen > 0), wish TEXT NOT NULL, made_at REAL NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('DONE', 'STAYS')), done_at REAL,
  UNIQUE (seller_id, order_seq, refund_no));
"""
