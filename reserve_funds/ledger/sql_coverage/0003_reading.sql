-- A million holders are read as they lie; the tail is few enough that its index is chosen anyway.
ALTER FUNCTION ledger.holders(integer, timestamptz) RESET enable_seqscan;
