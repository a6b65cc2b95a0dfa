"""The verbs of the ledger, each one database round trip; the rules are those of 0003."""

from django.db import migrations

POST = """
-- Same key and same request: the first result. Same key and another request: refused.
-- Wallets are moved in the order of their ids, so that two postings never wait for each other;
-- on one wallet credits come first, so that a transaction is judged by what it ends in.
CREATE FUNCTION ledger_post(
    p_key text, p_fingerprint text, p_kind text, p_effective_on date, p_description text,
    p_actor bigint, p_about_type int, p_about_id bigint, p_reverses bigint, p_hold bigint,
    p_wallets bigint[], p_amounts bigint[]
) RETURNS TABLE (
    transaction_id bigint, is_replay boolean,
    wallet_id bigint, currency varchar, amount bigint, balance bigint
)
LANGUAGE plpgsql AS $$
#variable_conflict use_column
DECLARE
    v_id bigint;
    v_fingerprint text;
BEGIN
    INSERT INTO ledger_transactions (key, fingerprint, kind, effective_on, description, actor_id,
        about_type_id, about_id, reverses_id, hold_id)
    VALUES (p_key, p_fingerprint, p_kind, p_effective_on, p_description, p_actor,
        p_about_type, p_about_id, p_reverses, p_hold)
    ON CONFLICT (key) DO NOTHING
    RETURNING id INTO v_id;

    IF v_id IS NULL THEN
        SELECT id, fingerprint INTO v_id, v_fingerprint FROM ledger_transactions WHERE key = p_key;
        IF v_fingerprint <> p_fingerprint THEN
            PERFORM ledger_refuse('transaction_key_is_unique', 'the key is of another request',
                jsonb_build_object('key', p_key));
        END IF;
        RETURN QUERY SELECT v_id, true, e.wallet_id, e.currency, e.amount, e.balance
            FROM ledger_entries e WHERE e.transaction_id = v_id ORDER BY e.wallet_id, e.position;
        RETURN;
    END IF;

    RETURN QUERY
        INSERT INTO ledger_entries (transaction_id, line, wallet_id, amount)
        SELECT v_id, line, wallet, amount
        FROM unnest(p_wallets, p_amounts) WITH ORDINALITY AS e (wallet, amount, line)
        ORDER BY wallet, amount DESC
        RETURNING v_id, false, wallet_id, currency, amount, balance;

    IF p_reverses IS NOT NULL THEN
        SET CONSTRAINTS transaction_is_whole IMMEDIATE;
        SET CONSTRAINTS transaction_is_whole DEFERRED;
    END IF;
END $$;
"""

NO_POST = """
DROP FUNCTION ledger_post(
    text, text, text, date, text, bigint, int, bigint, bigint, bigint, bigint[], bigint[]
);
"""

HOLDS = """
CREATE FUNCTION ledger_place_hold(
    p_key text, p_wallet bigint, p_amount bigint, p_reason text, p_actor bigint,
    p_about_type int, p_about_id bigint, p_expires_at timestamptz
) RETURNS SETOF ledger_holds LANGUAGE plpgsql AS $$
#variable_conflict use_column
DECLARE
    h ledger_holds;
BEGIN
    RETURN QUERY
        INSERT INTO ledger_holds AS placed (key, wallet_id, amount, captured, released, status,
            reason, placed_by_id, about_type_id, about_id, expires_at)
        VALUES (p_key, p_wallet, p_amount, 0, 0, 'active',
            p_reason, p_actor, p_about_type, p_about_id, p_expires_at)
        ON CONFLICT (key) DO NOTHING
        RETURNING placed.*;
    IF NOT FOUND THEN
        SELECT * INTO h FROM ledger_holds WHERE key = p_key;
        IF (h.wallet_id, h.amount, h.about_type_id, h.about_id)
            IS DISTINCT FROM (p_wallet, p_amount, p_about_type, p_about_id)
        THEN
            PERFORM ledger_refuse('hold_key_is_unique', 'the key is of another request',
                jsonb_build_object('key', p_key));
        END IF;
        RETURN NEXT h;
    END IF;
END $$;

-- The lock on the hold decides between captures, release and expiry. A hold past its moment
-- counts as expired, also when the job that says so is late.
CREATE FUNCTION ledger_capture_hold(
    p_hold bigint, p_amount bigint, p_to bigint, p_key text, p_fingerprint text,
    p_effective_on date, p_description text, p_actor bigint, p_about_type int, p_about_id bigint
) RETURNS TABLE (
    transaction_id bigint, is_replay boolean,
    wallet_id bigint, currency varchar, amount bigint, balance bigint
)
LANGUAGE plpgsql AS $$
#variable_conflict use_column
DECLARE
    h ledger_holds;
    v_rest bigint;
    v_currencies text[];
BEGIN
    SELECT * INTO h FROM ledger_holds WHERE id = p_hold FOR NO KEY UPDATE;
    IF NOT FOUND THEN
        PERFORM ledger_refuse('hold_is_known', 'there is no such hold');
    END IF;
    v_rest := h.amount - h.captured - h.released;
    IF NOT EXISTS (SELECT FROM ledger_transactions t WHERE t.key = p_key) THEN
        -- In the order of ids before the hold lets go of its wallet, against deadlocks.
        SELECT array_agg(w.currency::text) INTO v_currencies FROM (
            SELECT currency FROM wallets
            WHERE id IN (h.wallet_id, p_to) ORDER BY id FOR NO KEY UPDATE
        ) w;
        IF h.status <> 'active' OR h.expires_at <= now() THEN
            PERFORM ledger_refuse('hold_moves_forward', 'the hold has ended', jsonb_build_object(
                'hold', 'H-' || h.id,
                'status', CASE WHEN h.status = 'active' THEN 'expired' ELSE h.status END));
        ELSIF p_amount > v_rest THEN
            PERFORM ledger_refuse('hold_covers_capture', 'less is held', jsonb_build_object(
                'hold', 'H-' || h.id, 'rest', v_rest, 'amount', p_amount,
                'currency', (SELECT currency FROM wallets WHERE id = h.wallet_id)));
        ELSIF v_currencies[1] <> v_currencies[2] THEN
            PERFORM ledger_refuse('entry_has_currency_of_wallet', 'the wallet has another currency',
                (SELECT jsonb_build_object('wallet', t.number, 'expected', t.currency,
                    'currency', f.currency)
                 FROM wallets f, wallets t WHERE f.id = h.wallet_id AND t.id = p_to));
        END IF;
        UPDATE ledger_holds SET
            captured = captured + p_amount,
            status = CASE WHEN p_amount = v_rest THEN 'captured' ELSE 'active' END,
            ended_at = CASE WHEN p_amount = v_rest THEN now() END
        WHERE id = p_hold;
    END IF;
    RETURN QUERY SELECT * FROM ledger_post(
        p_key, p_fingerprint, 'capture', p_effective_on, p_description, p_actor,
        COALESCE(p_about_type, h.about_type_id), COALESCE(p_about_id, h.about_id), NULL, p_hold,
        ARRAY[h.wallet_id, p_to], ARRAY[-p_amount, p_amount]);
END $$;
"""

NO_HOLDS = """
DROP FUNCTION ledger_capture_hold(
    bigint, bigint, bigint, text, text, date, text, bigint, int, bigint
);
DROP FUNCTION ledger_place_hold(text, bigint, bigint, text, bigint, int, bigint, timestamptz);
"""


class Migration(migrations.Migration):
    dependencies = [("wallets", "0003_ledger_rules")]

    operations = [migrations.RunSQL(POST, NO_POST), migrations.RunSQL(HOLDS, NO_HOLDS)]
