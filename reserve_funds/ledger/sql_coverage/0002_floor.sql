-- Principal-safe placements keep a floor: what lies at banks and is not on its way out must, after
-- a placement, still be this part of what holders are owed; and a pool that is short places
-- nothing. What a card held at a moment is told from the book too. Runs as ledger_owner.

CREATE TABLE ledger.placement_rule (
    profile         text    PRIMARY KEY,  -- a profile without a row places nothing at all
    floor_per_mille integer NOT NULL,
    CONSTRAINT ledger_floor_is_a_part CHECK (floor_per_mille BETWEEN 0 AND 1000)
);
INSERT INTO ledger.placement_rule (profile, floor_per_mille) VALUES ('MOT', 300);
SELECT ledger.attach_guards('ledger.placement_rule', '');
REVOKE ALL ON ledger.placement_rule FROM PUBLIC;
GRANT SELECT ON ledger.placement_rule TO gateway_app;

-- What a pool could place now: NULL where its profile places nothing.
CREATE FUNCTION ledger.placeable(p_pool integer, p_profile text, OUT liquid_fen numeric,
    OUT floor_fen numeric, OUT owed_fen numeric, OUT held_fen numeric)
LANGUAGE sql STABLE
AS $law$
    SELECT s.banks - s.transit, ceil((s.owed - s.transit) * r.floor_per_mille / 1000), s.owed, s.held
      FROM ledger.placement_rule r
     CROSS JOIN (
        SELECT coalesce(sum(h.balance_fen) FILTER (WHERE k.name = 'bank_reserve'), 0) AS banks,
               coalesce(sum(h.balance_fen) FILTER (WHERE k.name = 'bank_out_in_transit'), 0)
                   AS transit,
               coalesce(sum(h.balance_fen) FILTER (WHERE k.side = 'credit'
                                                     AND h.balance_fen > 0), 0) AS owed,
               coalesce(sum(h.balance_fen) FILTER (WHERE k.side = 'debit'
                                                     AND k.name <> 'own_cover_due'), 0) AS held
          FROM ledger.holders(p_pool) h
          JOIN ledger.account_kind k ON k.number = h.kind) s
     WHERE r.profile = p_profile
$law$;

CREATE FUNCTION ledger.placement_keeps_its_floor() RETURNS trigger
LANGUAGE plpgsql
AS $law$
DECLARE
    v_can record;
BEGIN
    IF EXISTS (SELECT FROM ledger.transfer t WHERE t.pool = NEW.pool AND t.id = NEW.id) THEN
        RETURN NEW;  -- said again: the answer is what was booked
    END IF;
    PERFORM pg_advisory_xact_lock(1279542855, NEW.pool);  -- one placement of a pool at a time
    SELECT * INTO v_can FROM ledger.placeable(NEW.pool, NEW.profile);
    IF v_can.floor_fen IS NULL OR v_can.owed_fen > v_can.held_fen
       OR v_can.liquid_fen - NEW.amount_fen < v_can.floor_fen THEN
        RAISE EXCEPTION 'ledger: pool % may not place %', NEW.pool, NEW.amount_fen
            USING ERRCODE = 'LG015', DETAIL = json_build_object(
                'pool', NEW.pool, 'amount_fen', NEW.amount_fen, 'liquid_fen', v_can.liquid_fen,
                'floor_fen', v_can.floor_fen,
                'shortfall_fen', greatest(v_can.owed_fen - v_can.held_fen, 0))::text;
    END IF;
    RETURN NEW;
END
$law$;
CREATE TRIGGER ledger_placement_keeps_its_floor BEFORE INSERT ON ledger.transfer
    FOR EACH ROW WHEN (NEW.debit_kind = 1501 AND NEW.code = 'placement_made' AND NEW.act IN (1, 2))
    EXECUTE FUNCTION ledger.placement_keeps_its_floor();
ALTER TABLE ledger.transfer ENABLE ALWAYS TRIGGER ledger_placement_keeps_its_floor;

-- What a card's purse could hold at p_moment as far as the book knows it today: everything that
-- happened by then, and every load that was sealed by then and not proven never written.
CREATE FUNCTION ledger.purse_at(p_pool integer, p_card text, p_moment timestamptz)
RETURNS bigint
LANGUAGE sql STABLE
AS $law$
    SELECT coalesce(sum(m.fen), 0)::bigint
      FROM (SELECT ledger.account_id(p_pool, 2121::smallint, p_card) AS id) a
     CROSS JOIN LATERAL (
        SELECT x.amount_fen AS fen FROM ledger.transfer x
         WHERE x.pool = p_pool AND x.credit_account = a.id AND x.event_at <= p_moment
           AND (x.act = 1 OR (x.act = 2 AND NOT EXISTS (
                SELECT FROM ledger.transfer r
                 WHERE r.pool = x.pool AND r.id = ledger.derive(x.id, 'resolved') AND r.act = 4)))
        UNION ALL
        SELECT -x.amount_fen FROM ledger.transfer x
         WHERE x.pool = p_pool AND x.debit_account = a.id AND x.event_at <= p_moment
           AND x.act IN (1, 3)) m
$law$;

REVOKE ALL ON FUNCTION ledger.placeable(integer, text), ledger.placement_keeps_its_floor(),
    ledger.purse_at(integer, text, timestamptz) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION ledger.placeable(integer, text),
    ledger.purse_at(integer, text, timestamptz) TO gateway_app;
