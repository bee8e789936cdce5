-- 押金 leaves as a deposit returned, under two people's word, and in no other way. Nothing has taken
-- one before, so no transfer bears this rule; were there one, it could not be forgotten.
ALTER TABLE ledger.posting_rule DISABLE TRIGGER ledger_never_rewritten;
DELETE FROM ledger.posting_rule r USING ledger.account_kind k
 WHERE k.name = 'deposits_held'
   AND ((r.code = 'refund_asked' AND r.debit_kind = k.number)
        OR (r.code = 'refund_asked_reversed' AND r.credit_kind = k.number));
ALTER TABLE ledger.posting_rule ENABLE ALWAYS TRIGGER ledger_never_rewritten;

-- What the book holds as the deposit of one card; the room of deposits' own law looks here.
CREATE FUNCTION ledger.deposit_of(p_pool integer, p_card text) RETURNS bigint
LANGUAGE sql STABLE SECURITY INVOKER SET search_path = pg_catalog, pg_temp
AS $law$
    SELECT coalesce(max(a.credit_posted - a.debit_posted), 0)::bigint
      FROM ledger.account_kind k
      JOIN ledger.account a
        ON a.pool = p_pool AND a.id = ledger.account_id(p_pool, k.number, p_card)
     WHERE k.name = 'deposits_held'
$law$;
REVOKE ALL ON FUNCTION ledger.deposit_of(integer, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION ledger.deposit_of(integer, text) TO gateway_app;
