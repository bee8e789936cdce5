"""What only this wallet keeps in its book: orders and refunds in 微信支付's states."""

TABLES = """
CREATE TABLE IF NOT EXISTS orders (
  seq INTEGER PRIMARY KEY AUTOINCREMENT, mchid TEXT NOT NULL, order_no TEXT NOT NULL,
  appid TEXT NOT NULL, product TEXT NOT NULL, amount_fen INTEGER NOT NULL CHECK (amount_fen > 0),
  description TEXT NOT NULL, attach TEXT NOT NULL, notify_url TEXT NOT NULL, openid TEXT,
  expires_at REAL NOT NULL, wish TEXT NOT NULL, prepay_id TEXT NOT NULL, made_at REAL NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('NOTPAY', 'SUCCESS', 'REFUND', 'CLOSED', 'REVOKED')),
  transaction_no TEXT, paid_fen INTEGER, paid_at REAL, closed_at REAL, UNIQUE (mchid, order_no));
CREATE TABLE IF NOT EXISTS refund (
  seq INTEGER PRIMARY KEY AUTOINCREMENT, mchid TEXT NOT NULL, refund_no TEXT NOT NULL,
  order_seq INTEGER NOT NULL REFERENCES orders, channel_refund_no TEXT NOT NULL,
  amount_fen INTEGER NOT NULL CHECK (amount_fen > 0), wish TEXT NOT NULL,
  notify_url TEXT NOT NULL, made_at REAL NOT NULL, settle_at REAL,
  state TEXT NOT NULL CHECK (state IN ('PROCESSING', 'SUCCESS', 'CLOSED', 'ABNORMAL')),
  outcome TEXT NOT NULL, done_at REAL, UNIQUE (mchid, refund_no));
"""
