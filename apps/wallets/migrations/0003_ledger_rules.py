"""The rules of the ledger that must hold whoever writes: entries move wallets, and nothing else does.

A row in `ledger_entries` moves `posted` and `position` of its wallet, a row in `ledger_holds` moves
`held`; both by triggers, so that raw SQL keeps the same books as the office. A trigger may write a
wallet's figures, a statement of its own may not (`pg_trigger_depth() = 0`). The triggers on
`wallets` are AFTER triggers, because a BEFORE UPDATE trigger locks every row a second time.

A refusal carries the rule's name as its constraint and its facts as JSON in the detail;
`apps.wallets.services.refusals` turns both into a sentence.
"""

from django.db import migrations

REFUSAL = """
CREATE FUNCTION ledger_refuse(rule text, sentence text, facts jsonb DEFAULT '{}') RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION USING
        ERRCODE = 'integrity_constraint_violation',
        CONSTRAINT = rule, MESSAGE = sentence, DETAIL = facts::text;
END $$;

-- A trigger that refuses whatever fires it: (rule, sentence).
CREATE FUNCTION ledger_refuses() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM ledger_refuse(TG_ARGV[0], TG_ARGV[1]);
    RETURN NULL;
END $$;

-- Says why a wallet cannot take a posting or hold; returns when the reason has just gone.
CREATE FUNCTION ledger_refuse_wallet(p_wallet bigint, p_amount bigint) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
    w wallets;
BEGIN
    SELECT * INTO w FROM wallets WHERE id = p_wallet FOR NO KEY UPDATE;
    IF NOT FOUND THEN
        PERFORM ledger_refuse('wallet_is_known', 'there is no such wallet',
            jsonb_build_object('wallet_id', p_wallet));
    ELSIF w.status <> 'active' THEN
        PERFORM ledger_refuse('wallet_is_active', 'the wallet takes no postings',
            jsonb_build_object('wallet', w.number, 'status', w.status));
    ELSIF w.posted + p_amount - w.held < w.floor THEN
        PERFORM ledger_refuse('wallet_available_above_floor', 'not enough is available',
            jsonb_build_object('wallet', w.number, 'currency', w.currency,
                'available', w.posted - w.held, 'amount', -p_amount));
    END IF;
END $$;
"""

NO_REFUSAL = """
DROP FUNCTION ledger_refuse_wallet(bigint, bigint);
DROP FUNCTION ledger_refuses();
DROP FUNCTION ledger_refuse(text, text, jsonb);
"""

WALLETS = """
-- Postings rewrite wallets; half-empty pages let them do so without touching an index.
ALTER TABLE wallets SET (fillfactor = 50);
CREATE SEQUENCE wallet_numbers;

CREATE TRIGGER wallet_starts_empty AFTER INSERT ON wallets FOR EACH ROW
    WHEN ((NEW.posted, NEW.held, NEW.position) IS DISTINCT FROM (0::bigint, 0::bigint, 0::bigint))
    EXECUTE FUNCTION ledger_refuses('wallet_starts_empty', 'a wallet starts with nothing in it');
CREATE TRIGGER wallet_figures_follow_the_ledger
    AFTER UPDATE OF posted, held, position ON wallets FOR EACH ROW
    WHEN (pg_trigger_depth() = 0 AND (OLD.posted, OLD.held, OLD.position)
        IS DISTINCT FROM (NEW.posted, NEW.held, NEW.position))
    EXECUTE FUNCTION ledger_refuses('wallet_figures_follow_the_ledger',
        'posted, held and position change only with entries and holds');
CREATE TRIGGER wallet_identity_stays
    AFTER UPDATE OF id, number, owner_id, role, currency ON wallets FOR EACH ROW
    WHEN ((OLD.id, OLD.number, OLD.owner_id, OLD.role, OLD.currency)
        IS DISTINCT FROM (NEW.id, NEW.number, NEW.owner_id, NEW.role, NEW.currency))
    EXECUTE FUNCTION ledger_refuses('wallet_identity_stays',
        'number, owner, role and currency of a wallet never change');
CREATE TRIGGER wallet_is_closed_not_deleted BEFORE DELETE OR TRUNCATE ON wallets
    EXECUTE FUNCTION ledger_refuses('wallet_is_closed_not_deleted', 'close the wallet instead');
"""

NO_WALLETS = """
DROP TRIGGER wallet_is_closed_not_deleted ON wallets;
DROP TRIGGER wallet_identity_stays ON wallets;
DROP TRIGGER wallet_figures_follow_the_ledger ON wallets;
DROP TRIGGER wallet_starts_empty ON wallets;
DROP SEQUENCE wallet_numbers;
ALTER TABLE wallets RESET (fillfactor);
"""

ENTRIES = """
ALTER TABLE ledger_transactions ADD COLUMN xid xid8 NOT NULL DEFAULT pg_current_xact_id();

-- Moves the wallet under its row lock, without looking first, and continues its chain of balances.
CREATE FUNCTION ledger_entry_moves_wallet() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    w record;
BEGIN
    LOOP
        UPDATE wallets SET posted = posted + NEW.amount, position = position + 1
        WHERE id = NEW.wallet_id AND status = 'active'
            AND (floor IS NULL OR posted + NEW.amount - held >= floor)
        RETURNING number, currency, posted, position INTO w;
        EXIT WHEN FOUND;
        PERFORM ledger_refuse_wallet(NEW.wallet_id, NEW.amount);
    END LOOP;
    IF NEW.currency <> w.currency THEN
        PERFORM ledger_refuse('entry_has_currency_of_wallet', 'the wallet has another currency',
            jsonb_build_object('wallet', w.number, 'expected', w.currency,
                'currency', NEW.currency));
    ELSIF NEW.balance <> w.posted OR NEW.position <> w.position THEN
        PERFORM ledger_refuse('entry_continues_wallet',
            'balance and position follow from the entry before');
    END IF;
    NEW.currency := w.currency;
    NEW.balance := w.posted;
    NEW.position := w.position;
    RETURN NEW;
END $$;
CREATE TRIGGER entry_moves_wallet BEFORE INSERT ON ledger_entries FOR EACH ROW
    EXECUTE FUNCTION ledger_entry_moves_wallet();

-- Every statement that adds entries balances, and joins a transaction of its own moment.
-- LATERAL … OFFSET 0: a plain join made the planner merge the whole journal in batches.
CREATE FUNCTION ledger_entries_balance() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    fault record;
BEGIN
    SELECT e.transaction_id, e.currency, e.total,
        t.xid IS NOT DISTINCT FROM pg_current_xact_id() AS is_now
    INTO fault
    FROM (
        SELECT transaction_id, currency, sum(amount) AS total,
            min(effective_on) AS first_on, max(effective_on) AS last_on
        FROM entered GROUP BY transaction_id, currency
    ) e
    LEFT JOIN LATERAL (
        SELECT xid, effective_on FROM ledger_transactions WHERE id = e.transaction_id OFFSET 0
    ) t ON true
    WHERE e.total <> 0
        OR t.xid IS DISTINCT FROM pg_current_xact_id()
        OR e.first_on <> t.effective_on OR e.last_on <> t.effective_on
    LIMIT 1;
    IF NOT FOUND THEN
        RETURN NULL;
    ELSIF NOT fault.is_now THEN
        PERFORM ledger_refuse('entry_joins_its_moment',
            'entries are added only in the database transaction that made their transaction');
    ELSIF fault.total <> 0 THEN
        PERFORM ledger_refuse('transaction_is_balanced', 'debits and credits differ',
            jsonb_build_object('currency', fault.currency, 'total', abs(fault.total)));
    END IF;
    PERFORM ledger_refuse('entry_has_day_of_transaction',
        'an entry is effective on the day of its transaction');
    RETURN NULL;
END $$;
CREATE TRIGGER entries_balance AFTER INSERT ON ledger_entries
    REFERENCING NEW TABLE AS entered FOR EACH STATEMENT
    EXECUTE FUNCTION ledger_entries_balance();

-- At the latest at commit: a transaction has entries, and a reversal mirrors those of its original.
CREATE FUNCTION ledger_transaction_is_whole() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT EXISTS (SELECT FROM ledger_entries WHERE transaction_id = NEW.id) THEN
        PERFORM ledger_refuse('transaction_has_entries', 'a transaction without entries');
    ELSIF NEW.reverses_id IS NULL THEN
        RETURN NULL;
    ELSIF EXISTS (
        SELECT FROM ledger_transactions WHERE id = NEW.reverses_id AND reverses_id IS NOT NULL
    ) THEN
        PERFORM ledger_refuse('reversal_is_final', 'a reversal is not reversed',
            jsonb_build_object('transaction', NEW.reverses_id));
    ELSIF EXISTS (
        (SELECT wallet_id, amount FROM ledger_entries WHERE transaction_id = NEW.id
            EXCEPT ALL
         SELECT wallet_id, -amount FROM ledger_entries WHERE transaction_id = NEW.reverses_id)
        UNION ALL
        (SELECT wallet_id, -amount FROM ledger_entries WHERE transaction_id = NEW.reverses_id
            EXCEPT ALL
         SELECT wallet_id, amount FROM ledger_entries WHERE transaction_id = NEW.id)
    ) THEN
        PERFORM ledger_refuse('reversal_mirrors_original', 'a reversal mirrors every entry',
            jsonb_build_object('transaction', NEW.reverses_id));
    END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER transaction_is_whole AFTER INSERT ON ledger_transactions
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION ledger_transaction_is_whole();

CREATE TRIGGER transactions_are_append_only
    BEFORE UPDATE OR DELETE OR TRUNCATE ON ledger_transactions
    EXECUTE FUNCTION ledger_refuses('transactions_are_append_only', 'reverse it instead');
CREATE TRIGGER entries_are_append_only
    BEFORE UPDATE OR DELETE OR TRUNCATE ON ledger_entries
    EXECUTE FUNCTION ledger_refuses('entries_are_append_only',
        'reverse the transaction instead');
"""

NO_ENTRIES = """
DROP TRIGGER entries_are_append_only ON ledger_entries;
DROP TRIGGER transactions_are_append_only ON ledger_transactions;
DROP TRIGGER transaction_is_whole ON ledger_transactions;
DROP FUNCTION ledger_transaction_is_whole();
DROP TRIGGER entries_balance ON ledger_entries;
DROP FUNCTION ledger_entries_balance();
DROP TRIGGER entry_moves_wallet ON ledger_entries;
DROP FUNCTION ledger_entry_moves_wallet();
ALTER TABLE ledger_transactions DROP COLUMN xid;
"""

HOLDS = """
-- Moves `held` of the wallet with the hold; a hold starts whole and only moves forward.
CREATE FUNCTION ledger_hold_moves_wallet() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        IF NEW.status <> 'active' OR NEW.captured <> 0 OR NEW.released <> 0 THEN
            PERFORM ledger_refuse('hold_starts_whole', 'a hold starts active and untouched');
        END IF;
        LOOP
            UPDATE wallets SET held = held + NEW.amount
            WHERE id = NEW.wallet_id AND status = 'active'
                AND (floor IS NULL OR posted - held - NEW.amount >= floor);
            EXIT WHEN FOUND;
            PERFORM ledger_refuse_wallet(NEW.wallet_id, -NEW.amount);
        END LOOP;
        RETURN NULL;
    END IF;
    IF OLD.status <> 'active' OR NEW.captured < OLD.captured OR NEW.released < OLD.released
        OR (OLD.id, OLD.wallet_id, OLD.amount, OLD.key, OLD.placed_by_id, OLD.placed_at,
            OLD.about_type_id, OLD.about_id, OLD.reason)
        IS DISTINCT FROM (NEW.id, NEW.wallet_id, NEW.amount, NEW.key, NEW.placed_by_id,
            NEW.placed_at, NEW.about_type_id, NEW.about_id, NEW.reason)
    THEN
        PERFORM ledger_refuse('hold_moves_forward', 'a hold is captured, released or expires once',
            jsonb_build_object('hold', 'H-' || OLD.id, 'status', OLD.status));
    END IF;
    UPDATE wallets
    SET held = held - (NEW.captured - OLD.captured) - (NEW.released - OLD.released)
    WHERE id = NEW.wallet_id;
    RETURN NULL;
END $$;
CREATE TRIGGER hold_moves_wallet AFTER INSERT OR UPDATE ON ledger_holds FOR EACH ROW
    EXECUTE FUNCTION ledger_hold_moves_wallet();
CREATE TRIGGER holds_are_kept BEFORE DELETE OR TRUNCATE ON ledger_holds
    EXECUTE FUNCTION ledger_refuses('holds_are_kept', 'release the hold instead');
"""

NO_HOLDS = """
DROP TRIGGER holds_are_kept ON ledger_holds;
DROP TRIGGER hold_moves_wallet ON ledger_holds;
DROP FUNCTION ledger_hold_moves_wallet();
"""

EVIDENCE = """
CREATE TRIGGER evidence_is_append_only
    BEFORE UPDATE OR DELETE OR TRUNCATE ON adjustment_evidence
    EXECUTE FUNCTION ledger_refuses('evidence_is_append_only', 'evidence is kept as it was given');
"""

NO_EVIDENCE = "DROP TRIGGER evidence_is_append_only ON adjustment_evidence;"


class Migration(migrations.Migration):
    dependencies = [("wallets", "0002_ledger_columns")]

    operations = [
        migrations.RunSQL(REFUSAL, NO_REFUSAL),
        migrations.RunSQL(WALLETS, NO_WALLETS),
        migrations.RunSQL(ENTRIES, NO_ENTRIES),
        migrations.RunSQL(HOLDS, NO_HOLDS),
        migrations.RunSQL(EVIDENCE, NO_EVIDENCE),
    ]
