"""The rules of the ledger that must hold whoever writes: entries move wallets, and nothing else does.

A row in `ledger_entries` moves `posted` and `position` of its wallet, a row in `ledger_holds` moves
`held`; both by triggers, so that raw SQL keeps the same books as the office. A trigger may write a
wallet's figures, a statement of its own may not (`pg_trigger_depth() = 0`).

Three things look unusual, and each is the price of a posting. PostgreSQL compiles a CHECK for every
statement, but a trigger's expressions once a session: of all rules only the floor is a CHECK on the
tables that every posting writes. The triggers on `wallets` are AFTER triggers for certain columns,
because a BEFORE UPDATE trigger locks every row a second time. And `actor` has no foreign key in the
database, because all postings of one actor would queue for a lock on that person's row.

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
CREATE TRIGGER wallet_has_status AFTER INSERT OR UPDATE OF status ON wallets FOR EACH ROW
    WHEN (NEW.status NOT IN ('active', 'frozen', 'closed'))
    EXECUTE FUNCTION ledger_refuses('wallet_has_status', 'active, frozen or closed');
CREATE TRIGGER wallet_closed_is_empty AFTER UPDATE OF status ON wallets FOR EACH ROW
    WHEN (NEW.status = 'closed' AND (NEW.posted <> 0 OR NEW.held <> 0))
    EXECUTE FUNCTION ledger_refuses('wallet_closed_is_empty',
        'only an empty wallet can be closed');
CREATE TRIGGER wallet_held_is_positive AFTER UPDATE OF held ON wallets FOR EACH ROW
    WHEN (NEW.held < 0)
    EXECUTE FUNCTION ledger_refuses('wallet_held_is_positive', 'more was let go than was held');
CREATE TRIGGER wallet_has_currency AFTER INSERT ON wallets FOR EACH ROW
    WHEN (NEW.currency !~ '^[A-Z]{3}$')
    EXECUTE FUNCTION ledger_refuses('wallet_has_currency', 'three capital letters of ISO 4217');
CREATE TRIGGER wallet_has_owner_or_role AFTER INSERT ON wallets FOR EACH ROW
    WHEN ((NEW.owner_id IS NULL) = (NEW.role = '') OR NEW.role NOT IN ('', 'cash', 'receivables',
        'escrow', 'payouts_in_transit', 'suspense', 'commission', 'late_fees', 'goodwill',
        'write_offs', 'rounding', 'opening'))
    EXECUTE FUNCTION ledger_refuses('wallet_has_owner_or_role',
        'a wallet has an owner or a place in the chart');
CREATE TRIGGER wallet_is_closed_not_deleted BEFORE DELETE OR TRUNCATE ON wallets
    EXECUTE FUNCTION ledger_refuses('wallet_is_closed_not_deleted', 'close the wallet instead');
"""

NO_WALLETS = """
DROP TRIGGER wallet_is_closed_not_deleted ON wallets;
DROP TRIGGER wallet_has_owner_or_role ON wallets;
DROP TRIGGER wallet_has_currency ON wallets;
DROP TRIGGER wallet_held_is_positive ON wallets;
DROP TRIGGER wallet_closed_is_empty ON wallets;
DROP TRIGGER wallet_has_status ON wallets;
DROP TRIGGER wallet_identity_stays ON wallets;
DROP TRIGGER wallet_figures_follow_the_ledger ON wallets;
DROP TRIGGER wallet_starts_empty ON wallets;
DROP SEQUENCE wallet_numbers;
ALTER TABLE wallets RESET (fillfactor);
"""

ENTRIES = """
-- Each index and foreign key costs every posting: an entry's transaction and wallet are looked up
-- by its trigger, and whoever deletes a person pays for the actor.
ALTER TABLE ledger_transactions ADD COLUMN xid xid8 NOT NULL DEFAULT pg_current_xact_id();
ALTER TABLE ledger_transactions DROP CONSTRAINT ledger_transactions_reverses_id_key;
CREATE UNIQUE INDEX transaction_is_reversed_once ON ledger_transactions (reverses_id)
    WHERE reverses_id IS NOT NULL;

-- Moves the wallet under its row lock, without looking first, and continues its chain of balances.
CREATE FUNCTION ledger_entry_moves_wallet() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    v_effective_on date;
    v_number text;
    v_currency text;
    v_posted bigint;
    v_position bigint;
BEGIN
    IF NEW.amount = 0 THEN
        PERFORM ledger_refuse('entry_amount_is_not_zero', 'an entry of nothing');
    ELSIF NEW.amount NOT BETWEEN -1000000000000000 AND 1000000000000000 THEN
        PERFORM ledger_refuse('entry_amount_is_bounded', 'an entry beyond the ledger');
    END IF;
    SELECT effective_on INTO v_effective_on FROM ledger_transactions
    WHERE id = NEW.transaction_id AND xid = pg_current_xact_id();
    IF NOT FOUND THEN
        PERFORM ledger_refuse('entry_joins_its_moment',
            'entries are added only in the database transaction that made their transaction');
    END IF;
    LOOP
        UPDATE wallets SET posted = posted + NEW.amount, position = position + 1
        WHERE id = NEW.wallet_id AND status = 'active'
            AND (floor IS NULL OR posted + NEW.amount - held >= floor)
        RETURNING number, currency, posted, position
        INTO v_number, v_currency, v_posted, v_position;
        EXIT WHEN FOUND;
        PERFORM ledger_refuse_wallet(NEW.wallet_id, NEW.amount);
    END LOOP;
    -- What a statement leaves out is filled in; what it gives must be right.
    IF NEW.currency <> v_currency THEN
        PERFORM ledger_refuse('entry_has_currency_of_wallet', 'the wallet has another currency',
            jsonb_build_object('wallet', v_number, 'expected', v_currency,
                'currency', NEW.currency));
    ELSIF NEW.balance <> v_posted OR NEW.position <> v_position THEN
        PERFORM ledger_refuse('entry_continues_wallet',
            'balance and position follow from the entry before');
    ELSIF NEW.effective_on <> v_effective_on THEN
        PERFORM ledger_refuse('entry_has_day_of_transaction',
            'an entry is effective on the day of its transaction');
    END IF;
    NEW.currency := v_currency;
    NEW.balance := v_posted;
    NEW.position := v_position;
    NEW.effective_on := v_effective_on;
    RETURN NEW;
END $$;
CREATE TRIGGER entry_moves_wallet BEFORE INSERT ON ledger_entries FOR EACH ROW
    EXECUTE FUNCTION ledger_entry_moves_wallet();

-- At the latest at commit: a transaction has entries that balance, and the shape of its kind.
CREATE FUNCTION ledger_transaction_is_whole() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    v_currency text;
    v_total bigint;
BEGIN
    SELECT currency, abs(sum(amount)) INTO v_currency, v_total
    FROM ledger_entries WHERE transaction_id = NEW.id
    GROUP BY currency ORDER BY 2 DESC LIMIT 1;
    IF v_total IS NULL THEN
        PERFORM ledger_refuse('transaction_has_entries', 'a transaction without entries');
    ELSIF v_total <> 0 THEN
        PERFORM ledger_refuse('transaction_is_balanced', 'debits and credits differ',
            jsonb_build_object('currency', v_currency, 'total', v_total));
    ELSIF NEW.kind NOT IN
        ('opening', 'capture', 'settlement', 'adjustment', 'transfer', 'reversal')
    THEN
        PERFORM ledger_refuse('transaction_has_kind', 'the kind is not known');
    ELSIF (NEW.kind = 'capture') <> (NEW.hold_id IS NOT NULL) THEN
        PERFORM ledger_refuse('transaction_capture_names_hold',
            'a capture, and nothing else, names its hold');
    ELSIF (NEW.kind = 'reversal') <> (NEW.reverses_id IS NOT NULL) THEN
        PERFORM ledger_refuse('transaction_reversal_names_original',
            'a reversal, and nothing else, names its original');
    ELSIF NEW.reverses_id IS NOT NULL THEN
        PERFORM ledger_refuse_reversal(NEW.id, NEW.reverses_id);
    END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER transaction_is_whole AFTER INSERT ON ledger_transactions
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION ledger_transaction_is_whole();

-- Refuses a reversal that is not the mirror image of its original, or mirrors another reversal.
CREATE FUNCTION ledger_refuse_reversal(p_reversal bigint, p_original bigint) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (
        SELECT FROM ledger_transactions WHERE id = p_original AND reverses_id IS NOT NULL
    ) THEN
        PERFORM ledger_refuse('reversal_is_final', 'a reversal is not reversed',
            jsonb_build_object('transaction', p_original));
    ELSIF EXISTS (
        (SELECT wallet_id, amount FROM ledger_entries WHERE transaction_id = p_reversal
            EXCEPT ALL
         SELECT wallet_id, -amount FROM ledger_entries WHERE transaction_id = p_original)
        UNION ALL
        (SELECT wallet_id, -amount FROM ledger_entries WHERE transaction_id = p_original
            EXCEPT ALL
         SELECT wallet_id, amount FROM ledger_entries WHERE transaction_id = p_reversal)
    ) THEN
        PERFORM ledger_refuse('reversal_mirrors_original', 'a reversal mirrors every entry',
            jsonb_build_object('transaction', p_original));
    END IF;
END $$;

CREATE TRIGGER transactions_are_append_only
    BEFORE UPDATE OR DELETE OR TRUNCATE ON ledger_transactions
    EXECUTE FUNCTION ledger_refuses('transactions_are_append_only', 'reverse it instead');
CREATE TRIGGER entries_are_append_only
    BEFORE UPDATE OR DELETE OR TRUNCATE ON ledger_entries
    EXECUTE FUNCTION ledger_refuses('entries_are_append_only',
        'reverse the transaction instead');

CREATE FUNCTION ledger_keeps_actor() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    -- Nobody posts in this person's name while we look.
    LOCK TABLE ledger_transactions IN SHARE ROW EXCLUSIVE MODE;
    IF EXISTS (SELECT FROM ledger_transactions WHERE actor_id = OLD.id) THEN
        PERFORM ledger_refuse('transaction_keeps_actor', 'deactivate the person instead');
    END IF;
    RETURN OLD;
END $$;
CREATE TRIGGER transaction_keeps_actor BEFORE DELETE ON users FOR EACH ROW
    EXECUTE FUNCTION ledger_keeps_actor();
"""

NO_ENTRIES = """
DROP TRIGGER transaction_keeps_actor ON users;
DROP FUNCTION ledger_keeps_actor();
DROP TRIGGER entries_are_append_only ON ledger_entries;
DROP TRIGGER transactions_are_append_only ON ledger_transactions;
DROP TRIGGER transaction_is_whole ON ledger_transactions;
DROP FUNCTION ledger_transaction_is_whole();
DROP FUNCTION ledger_refuse_reversal(bigint, bigint);
DROP TRIGGER entry_moves_wallet ON ledger_entries;
DROP FUNCTION ledger_entry_moves_wallet();
DROP INDEX transaction_is_reversed_once;
ALTER TABLE ledger_transactions
    ADD CONSTRAINT ledger_transactions_reverses_id_key UNIQUE (reverses_id);
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
    dependencies = [("wallets", "0002_ledger_columns"), ("accounts", "0001_initial")]

    operations = [
        migrations.RunSQL(REFUSAL, NO_REFUSAL),
        migrations.RunSQL(WALLETS, NO_WALLETS),
        migrations.RunSQL(ENTRIES, NO_ENTRIES),
        migrations.RunSQL(HOLDS, NO_HOLDS),
        migrations.RunSQL(EVIDENCE, NO_EVIDENCE),
    ]
