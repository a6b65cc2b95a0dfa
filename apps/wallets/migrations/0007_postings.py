"""The doors of the ledger: money moves by an INSERT into a view, and in no other way.

`ledger_inbox` takes one transaction a row, `ledger_batch` takes thousands in one row of arrays. What
arrives is written by the trigger of the view, or refused; what was written stands in the columns at
the end (`RETURNING id, is_replay, balances`). An INSERT into the tables themselves is refused, as is
every UPDATE of a wallet's figures: `pg_trigger_depth() = 0` is true for everybody but a trigger.

Why views and not functions: a trigger is the one place in which PostgreSQL itself knows that the
writer is the ledger, so no flag can be forged; and the client sends one prepared INSERT.

A wallet with a floor is moved under its row lock, in the order of ids, so that two postings never
wait for each other in a ring; on one wallet credits come first, so that a transaction is judged by
what it ends in. A wallet without a floor is open: its entries are only written, with no place yet,
and nobody waits. Migration 0009 gives them their places.

PostgreSQL compiles a CHECK for every statement, but what stands in a function once a session; so the
rules of the rows that every posting writes are in here. A refusal carries the rule's name as its
constraint and its facts as JSON in the detail; `apps.wallets.services.refusals` makes it a sentence.
"""

from importlib import import_module

from django.db import migrations, models

BEFORE_RULES = import_module("apps.wallets.migrations.0003_ledger_rules")
BEFORE_FUNCTIONS = import_module("apps.wallets.migrations.0004_ledger_functions")

NO_OLD_DOORS = f"""
DROP FUNCTION ledger_capture_hold(
    bigint, bigint, bigint, text, text, date, text, bigint, int, bigint
);
{BEFORE_FUNCTIONS.NO_POST}
DROP TRIGGER transaction_is_whole ON ledger_transactions;
DROP FUNCTION ledger_transaction_is_whole();
DROP TRIGGER entry_moves_wallet ON ledger_entries;
DROP FUNCTION ledger_entry_moves_wallet();
DROP TRIGGER entries_are_append_only ON ledger_entries;
DROP TRIGGER wallet_figures_follow_the_ledger ON wallets;
DROP TRIGGER wallet_identity_stays ON wallets;
-- Whoever reverses looks at the original anyway, and a foreign key costs every posting.
ALTER TABLE ledger_transactions DROP CONSTRAINT IF EXISTS ledger_transactions_reverses_id_fc3338bf_fk_ledger_tr;
"""


def _part(text: str, first: str, last: str) -> str:
    """Cut a part out of an earlier migration, to give it back on the way back."""
    start = text.index(first)
    return text[start : text.index(last, start) + len(last)]


OLD_DOORS = (
    _part(
        BEFORE_RULES.WALLETS,
        "CREATE TRIGGER wallet_figures_follow_the_ledger",
        "'number, owner, role and currency of a wallet never change');",
    )
    + _part(
        BEFORE_RULES.ENTRIES, "-- Moves the wallet under", "ledger_entry_moves_wallet();\n\n"
    )
    + _part(
        BEFORE_RULES.ENTRIES,
        "-- At the latest at commit",
        "ledger_transaction_is_whole();",
    )
    + _part(
        BEFORE_RULES.ENTRIES,
        "CREATE TRIGGER entries_are_append_only",
        "'reverse the transaction instead');",
    )
    + BEFORE_FUNCTIONS.POST
    + _part(BEFORE_FUNCTIONS.HOLDS, "-- The lock on the hold decides", "END $$;")
)

# What was posted before has its place, and gets the moment of its transaction, which has to rise.
MOMENTS = """
UPDATE ledger_entries e SET placed_at = p.placed_at
FROM (
    SELECT e.id, max(t.posted_at) OVER (PARTITION BY e.wallet_id ORDER BY e.position) AS placed_at
    FROM ledger_entries e JOIN ledger_transactions t ON t.id = e.transaction_id
) p WHERE p.id = e.id;
UPDATE wallets w SET moved_at = e.placed_at
FROM ledger_entries e WHERE e.wallet_id = w.id AND e.position = w.position;
"""

TABLES = """
CREATE TRIGGER transactions_come_by_the_inbox BEFORE INSERT ON ledger_transactions
    WHEN (pg_trigger_depth() = 0)
    EXECUTE FUNCTION ledger_refuses('transactions_come_by_the_inbox',
        'insert into ledger_inbox or ledger_batch');
CREATE TRIGGER entries_come_by_the_inbox BEFORE INSERT ON ledger_entries
    WHEN (pg_trigger_depth() = 0)
    EXECUTE FUNCTION ledger_refuses('entries_come_by_the_inbox',
        'insert into ledger_inbox or ledger_batch');
CREATE TRIGGER entries_are_append_only BEFORE DELETE OR TRUNCATE ON ledger_entries
    EXECUTE FUNCTION ledger_refuses('entries_are_append_only',
        'reverse the transaction instead');
CREATE TRIGGER entries_never_change BEFORE UPDATE ON ledger_entries
    WHEN (pg_trigger_depth() = 0)
    EXECUTE FUNCTION ledger_refuses('entries_are_append_only',
        'reverse the transaction instead');
-- The roll-up gives an entry its place, once, and changes nothing else.
CREATE TRIGGER entries_take_their_place_once BEFORE UPDATE ON ledger_entries FOR EACH ROW
    WHEN (OLD.position IS NOT NULL OR NEW.position IS NULL
        OR (OLD.id, OLD.transaction_id, OLD.line, OLD.wallet_id, OLD.currency, OLD.amount,
            OLD.effective_on)
        IS DISTINCT FROM (NEW.id, NEW.transaction_id, NEW.line, NEW.wallet_id, NEW.currency,
            NEW.amount, NEW.effective_on))
    EXECUTE FUNCTION ledger_refuses('entries_are_append_only',
        'an entry takes its place once, and nothing else of it changes');

-- Every posting evaluates the WHEN, and reads it anew each time: a tenth of a posting if it compared.
CREATE FUNCTION ledger_figures_follow() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF (OLD.posted, OLD.held, OLD.position, OLD.moved_at)
        IS DISTINCT FROM (NEW.posted, NEW.held, NEW.position, NEW.moved_at)
    THEN
        PERFORM ledger_refuse('wallet_figures_follow_the_ledger',
            'posted, held and position change only with entries and holds');
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER wallet_figures_follow_the_ledger
    AFTER UPDATE OF posted, held, position, moved_at ON wallets FOR EACH ROW
    WHEN (pg_trigger_depth() = 0) EXECUTE FUNCTION ledger_figures_follow();
CREATE TRIGGER wallet_identity_stays
    AFTER UPDATE OF id, number, owner_id, role, currency, general_class, floor ON wallets
    FOR EACH ROW
    WHEN ((OLD.id, OLD.number, OLD.owner_id, OLD.role, OLD.currency, OLD.general_class,
            OLD.floor IS NULL)
        IS DISTINCT FROM (NEW.id, NEW.number, NEW.owner_id, NEW.role, NEW.currency,
            NEW.general_class, NEW.floor IS NULL))
    EXECUTE FUNCTION ledger_refuses('wallet_identity_stays',
        'number, owner, role, class and currency of a wallet never change, nor whether it has a floor');
-- A posting to an open wallet does not look at its row, so it is always there to be posted to.
CREATE TRIGGER wallet_open_is_active AFTER INSERT OR UPDATE OF status ON wallets FOR EACH ROW
    WHEN (NEW.floor IS NULL AND NEW.status <> 'active')
    EXECUTE FUNCTION ledger_refuses('wallet_open_is_active',
        'a wallet without a floor is neither frozen nor closed');
"""

NO_TABLES = """
DROP TRIGGER wallet_open_is_active ON wallets;
DROP TRIGGER wallet_identity_stays ON wallets;
DROP TRIGGER wallet_figures_follow_the_ledger ON wallets;
DROP FUNCTION ledger_figures_follow();
DROP TRIGGER entries_take_their_place_once ON ledger_entries;
DROP TRIGGER entries_never_change ON ledger_entries;
DROP TRIGGER entries_are_append_only ON ledger_entries;
DROP TRIGGER entries_come_by_the_inbox ON ledger_entries;
DROP TRIGGER transactions_come_by_the_inbox ON ledger_transactions;
"""

# Those who post share the lock of the periods, and whoever closes or reopens one has it alone.
SHAPE = """
CREATE FUNCTION ledger_refuse_period(p_key text, p_effective_on date) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
    PERFORM ledger_refuse('transaction_period_is_open', 'the month is closed',
        (SELECT jsonb_build_object('key', p_key, 'effective_on', p_effective_on,
            'through', max(ends_on)) FROM ledger_periods WHERE status = 'closed'));
END $$;

CREATE FUNCTION ledger_refuse_entry(p_key text, p_amount bigint) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
    IF p_amount = 0 THEN
        PERFORM ledger_refuse('entry_amount_is_not_zero', 'an entry of nothing',
            jsonb_build_object('key', p_key));
    END IF;
    PERFORM ledger_refuse('entry_amount_is_bounded', 'an entry beyond the ledger',
        jsonb_build_object('key', p_key));
END $$;

-- Refuses what has the wrong shape for its kind, or does not add up to zero in each currency.
CREATE FUNCTION ledger_refuse_shape(
    p_id bigint, p_key text, p_kind text, p_reverses bigint, p_hold bigint
) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    v_currency text;
    v_total bigint;
BEGIN
    SELECT currency, abs(sum(amount)) INTO v_currency, v_total
    FROM ledger_entries WHERE transaction_id = p_id
    GROUP BY currency ORDER BY 2 DESC LIMIT 1;
    IF v_total IS NULL THEN
        PERFORM ledger_refuse('transaction_has_entries', 'a transaction without entries',
            jsonb_build_object('key', p_key));
    ELSIF v_total <> 0 THEN
        PERFORM ledger_refuse('transaction_is_balanced', 'debits and credits differ',
            jsonb_build_object('currency', v_currency, 'total', v_total, 'key', p_key));
    ELSIF p_kind NOT IN ('opening', 'capture', 'settlement', 'adjustment', 'transfer', 'exchange',
        'import', 'reversal')
    THEN
        PERFORM ledger_refuse('transaction_has_kind', 'the kind is not known');
    ELSIF (p_kind = 'capture') <> (p_hold IS NOT NULL) THEN
        PERFORM ledger_refuse('transaction_capture_names_hold',
            'a capture, and nothing else, names its hold');
    ELSIF (p_kind = 'reversal') <> (p_reverses IS NOT NULL) THEN
        PERFORM ledger_refuse('transaction_reversal_names_original',
            'a reversal, and nothing else, names its original');
    END IF;
    IF p_reverses IS NOT NULL THEN
        PERFORM ledger_refuse_reversal(p_id, p_reverses);
    ELSIF p_hold IS NOT NULL AND NOT EXISTS (
        SELECT FROM ledger_holds h WHERE h.id = p_hold AND h.captured = (
            SELECT -sum(e.amount) FROM ledger_transactions t
            JOIN ledger_entries e ON e.transaction_id = t.id AND e.wallet_id = h.wallet_id
            WHERE t.hold_id = h.id AND e.amount < 0)
    ) THEN
        PERFORM ledger_refuse('transaction_capture_follows_hold',
            'a capture posts what its hold says was captured');
    END IF;
END $$;
"""

NO_SHAPE = """
DROP FUNCTION ledger_refuse_shape(bigint, text, text, bigint, bigint);
DROP FUNCTION ledger_refuse_entry(text, bigint);
DROP FUNCTION ledger_refuse_period(text, date);
"""

INBOX = """
CREATE VIEW ledger_inbox AS SELECT
    NULL::text AS key, NULL::text AS fingerprint, NULL::text AS kind, NULL::date AS effective_on,
    NULL::text AS description, NULL::bigint AS actor_id, NULL::int AS about_type_id,
    NULL::bigint AS about_id, NULL::bigint AS reverses_id, NULL::bigint AS hold_id,
    NULL::bigint[] AS wallets, NULL::bigint[] AS amounts, NULL::int[] AS lines,
    NULL::bigint AS id, NULL::boolean AS is_replay, NULL::bigint[] AS balances
    WHERE false;
COMMENT ON VIEW ledger_inbox IS
    'Insert a row to post a transaction. `wallets`, `amounts` and `lines` are its entries in the '
    'order of wallets, on each wallet the largest amount first. `balances` are those of the same '
    'wallets right after; NULL for open ones.';

-- Same key and same request: the first result. Same key and another request: refused.
CREATE FUNCTION ledger_posts() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    v_day date := NEW.effective_on;  -- in RETURNING, NEW is the row of the table
    v_fingerprint text;
    v_is_closed boolean;
    v_wallet bigint := 0;
    v_amount bigint;
    v_currency text;
    v_currency_before text;
    v_is_mixed boolean := false;
    v_total bigint := 0;
    v_posted bigint;
    v_position bigint;
    v_moved_at timestamptz;
BEGIN
    -- Those who post share this lock, and whoever closes or reopens a period has it alone.
    PERFORM pg_advisory_xact_lock_shared(hashtextextended('ledger_periods', 0));
    INSERT INTO ledger_transactions (key, fingerprint, kind, effective_on, description, actor_id,
        about_type_id, about_id, reverses_id, hold_id)
    VALUES (NEW.key, NEW.fingerprint, NEW.kind, NEW.effective_on, NEW.description, NEW.actor_id,
        NEW.about_type_id, NEW.about_id, NEW.reverses_id, NEW.hold_id)
    ON CONFLICT (key) DO NOTHING
    RETURNING id, EXISTS (
        SELECT FROM ledger_periods WHERE status = 'closed' AND ends_on >= v_day
    ) INTO NEW.id, v_is_closed;

    IF NEW.id IS NULL THEN
        SELECT id, fingerprint INTO NEW.id, v_fingerprint
        FROM ledger_transactions WHERE key = NEW.key;
        IF v_fingerprint <> NEW.fingerprint THEN
            PERFORM ledger_refuse('transaction_key_is_unique', 'the key is of another request',
                jsonb_build_object('key', NEW.key));
        END IF;
        NEW.is_replay := true;
        -- The first answer knew no balance of an open wallet, also when there is one by now.
        NEW.balances := ARRAY(
            SELECT CASE WHEN w.floor IS NOT NULL THEN e.balance END
            FROM ledger_entries e JOIN wallets w ON w.id = e.wallet_id
            WHERE e.transaction_id = NEW.id ORDER BY e.wallet_id, e.amount DESC, e.line);
        RETURN NEW;
    ELSIF v_is_closed THEN
        PERFORM ledger_refuse_period(NEW.key, NEW.effective_on);
    END IF;

    NEW.is_replay := false;
    NEW.balances := '{}';
    FOR i IN 1..cardinality(NEW.wallets) LOOP
        v_amount := NEW.amounts[i];
        IF NEW.wallets[i] < v_wallet THEN
            PERFORM ledger_refuse('entries_are_in_order', 'entries come in the order of wallets');
        ELSIF v_amount = 0 OR v_amount NOT BETWEEN -1000000000000000 AND 1000000000000000 THEN
            PERFORM ledger_refuse_entry(NEW.key, v_amount);
        END IF;
        v_wallet := NEW.wallets[i];
        LOOP
            UPDATE wallets SET posted = posted + v_amount, position = position + 1,
                moved_at = greatest(moved_at, clock_timestamp())
            WHERE id = v_wallet AND status = 'active' AND posted + v_amount - held >= floor
            RETURNING currency, posted, position, moved_at
            INTO v_currency, v_posted, v_position, v_moved_at;
            EXIT WHEN FOUND;
            SELECT currency INTO v_currency FROM wallets WHERE id = v_wallet AND floor IS NULL;
            EXIT WHEN FOUND;
            PERFORM ledger_refuse_wallet(v_wallet, v_amount);
        END LOOP;
        INSERT INTO ledger_entries (transaction_id, line, wallet_id, currency, amount,
            balance, position, placed_at, effective_on)
        VALUES (NEW.id, NEW.lines[i], v_wallet, v_currency, v_amount,
            v_posted, v_position, v_moved_at, NEW.effective_on);
        NEW.balances[i] := v_posted;
        v_total := v_total + v_amount;
        v_is_mixed := v_is_mixed OR v_currency <> coalesce(v_currency_before, v_currency);
        v_currency_before := v_currency;
    END LOOP;
    -- What most postings are is seen to be right from here.
    IF v_total <> 0 OR v_is_mixed OR v_wallet = 0
        OR NEW.kind NOT IN ('transfer', 'settlement', 'adjustment', 'opening', 'import')
        OR NEW.hold_id IS NOT NULL OR NEW.reverses_id IS NOT NULL
    THEN
        PERFORM ledger_refuse_shape(NEW.id, NEW.key, NEW.kind, NEW.reverses_id, NEW.hold_id);
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER ledger_posts INSTEAD OF INSERT ON ledger_inbox FOR EACH ROW
    EXECUTE FUNCTION ledger_posts();
"""

NO_INBOX = """
DROP VIEW ledger_inbox;
DROP FUNCTION ledger_posts();
"""

BATCH = """
CREATE VIEW ledger_batch AS SELECT
    NULL::text[] AS keys, NULL::text[] AS fingerprints, NULL::text[] AS kinds,
    NULL::date[] AS days, NULL::text[] AS descriptions, NULL::bigint AS actor_id,
    NULL::int[] AS about_types, NULL::bigint[] AS about_ids,
    NULL::int[] AS numbers, NULL::int[] AS lines, NULL::bigint[] AS wallets,
    NULL::bigint[] AS amounts,
    NULL::bigint[] AS ids, NULL::int[] AS replays, NULL::bigint[] AS balances
    WHERE false;
COMMENT ON VIEW ledger_batch IS
    'Insert a row to post many transactions, all or nothing. `numbers` tells of each entry to which '
    'transaction it belongs, from 1. No key may come twice. `replays` are the numbers of those that '
    'had been posted before, `balances` those of each entry; NULL in open wallets.';

-- Says why a batch cannot be posted: the first entry, in their order, that its wallet cannot take.
-- What was posted before is not judged again.
CREATE FUNCTION ledger_refuse_batch(
    p_keys text[], p_replays int[], p_numbers int[], p_wallets bigint[], p_amounts bigint[]
) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    v record;
BEGIN
    SELECT e.wallet, e.amount, w.id, w.number, w.status, p_keys[e.number] AS key INTO v
    FROM unnest(p_numbers, p_wallets, p_amounts) WITH ORDINALITY AS e (number, wallet, amount, n)
    LEFT JOIN wallets w ON w.id = e.wallet
    WHERE (p_replays IS NULL OR e.number <> ALL (p_replays)) AND (
        w.id IS NULL OR w.status <> 'active' OR e.amount = 0
        OR e.amount NOT BETWEEN -1000000000000000 AND 1000000000000000)
    ORDER BY e.n LIMIT 1;
    IF NOT FOUND THEN
        RETURN;
    ELSIF v.id IS NULL THEN
        PERFORM ledger_refuse('wallet_is_known', 'there is no such wallet',
            jsonb_build_object('wallet_id', v.wallet, 'key', v.key));
    ELSIF v.status <> 'active' THEN
        PERFORM ledger_refuse('wallet_is_active', 'the wallet takes no postings',
            jsonb_build_object('wallet', v.number, 'status', v.status, 'key', v.key));
    END IF;
    PERFORM ledger_refuse_entry(v.key, v.amount);
END $$;

-- The same rules as `ledger_posts`, each checked for all at once. A wallet is judged after every
-- transaction of the batch, as if they had come one by one.
CREATE FUNCTION ledger_posts_batch() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    v record;
    v_new int[];
    v_breach int;
BEGIN
    PERFORM pg_advisory_xact_lock_shared(hashtextextended('ledger_periods', 0));
    WITH made AS (
        INSERT INTO ledger_transactions (key, fingerprint, kind, effective_on, description,
            actor_id, about_type_id, about_id)
        SELECT key, fingerprint, kind, day, description, NEW.actor_id, about_type, about_id
        FROM unnest(NEW.keys, NEW.fingerprints, NEW.kinds, NEW.days, NEW.descriptions,
            NEW.about_types, NEW.about_ids)
        WITH ORDINALITY AS a (key, fingerprint, kind, day, description, about_type, about_id, n)
        ORDER BY n
        ON CONFLICT (key) DO NOTHING
        RETURNING id
    )
    SELECT coalesce(array_agg(id ORDER BY id), '{}') INTO NEW.ids FROM made;

    -- Where none had been posted before, the numbers came in the order of the batch.
    IF cardinality(NEW.ids) < cardinality(NEW.keys) THEN
        SELECT array_agg(t.id ORDER BY a.n),
            array_agg(a.n ORDER BY a.n) FILTER (WHERE t.id <> ALL (NEW.ids))
        INTO NEW.ids, NEW.replays
        FROM unnest(NEW.keys) WITH ORDINALITY AS a (key, n)
        JOIN ledger_transactions t ON t.key = a.key;
        SELECT t.key INTO v FROM unnest(NEW.replays) AS r (n)
        JOIN ledger_transactions t ON t.id = NEW.ids[r.n]
        WHERE t.fingerprint <> NEW.fingerprints[r.n] ORDER BY r.n LIMIT 1;
        IF FOUND THEN
            PERFORM ledger_refuse('transaction_key_is_unique', 'the key is of another request',
                jsonb_build_object('key', v.key));
        END IF;
    END IF;
    SELECT a.key, a.day INTO v FROM unnest(NEW.keys, NEW.days) WITH ORDINALITY AS a (key, day, n)
    WHERE NOT coalesce(a.n = ANY (NEW.replays), false) AND a.day <= (
        SELECT max(ends_on) FROM ledger_periods WHERE status = 'closed')
    ORDER BY a.n LIMIT 1;
    IF FOUND THEN
        PERFORM ledger_refuse_period(v.key, v.day);
    END IF;

    PERFORM FROM wallets WHERE id = ANY (NEW.wallets) AND floor IS NOT NULL
    ORDER BY id FOR NO KEY UPDATE;
    PERFORM ledger_refuse_batch(
        NEW.keys, NEW.replays, NEW.numbers, NEW.wallets, NEW.amounts);

    WITH moved AS MATERIALIZED (
        SELECT e.n, NEW.ids[e.number] AS transaction_id, e.line, e.wallet, w.currency, e.amount,
            w.floor IS NULL AS is_open,
            CASE WHEN w.floor IS NOT NULL THEN w.posted + sum(e.amount) OVER running END AS balance,
            CASE WHEN w.floor IS NOT NULL THEN w.position + row_number() OVER running END
                AS position,
            NEW.days[e.number] AS day, w.floor + w.held AS least,
            lead(e.number) OVER running IS DISTINCT FROM e.number AS is_last
        FROM unnest(NEW.numbers, NEW.lines, NEW.wallets, NEW.amounts)
            WITH ORDINALITY AS e (number, line, wallet, amount, n)
        JOIN wallets w ON w.id = e.wallet
        WHERE NEW.replays IS NULL OR e.number <> ALL (NEW.replays)
        WINDOW running AS (PARTITION BY e.wallet ORDER BY e.number, e.amount DESC, e.n)
    ), moment AS MATERIALIZED (
        SELECT clock_timestamp() AS now
    ), shifted AS (
        UPDATE wallets w SET posted = w.posted + m.total, position = w.position + m.count,
            moved_at = greatest(w.moved_at, moment.now)
        FROM moment, (
            SELECT wallet, sum(amount)::bigint AS total, count(*) FROM moved
            WHERE NOT is_open AND NOT EXISTS (SELECT FROM moved WHERE is_last AND balance < least)
            GROUP BY wallet
        ) m WHERE w.id = m.wallet
        RETURNING w.id, w.moved_at
    ), written AS (
        INSERT INTO ledger_entries (transaction_id, line, wallet_id, currency, amount, balance,
            position, placed_at, effective_on)
        SELECT m.transaction_id, m.line, m.wallet, m.currency, m.amount, m.balance, m.position,
            s.moved_at, m.day
        FROM moved m LEFT JOIN shifted s ON s.id = m.wallet ORDER BY m.n
    )
    SELECT array_agg(m.balance ORDER BY a.n), min(m.n) FILTER (WHERE m.is_last AND m.balance < m.least)
    INTO NEW.balances, v_breach
    FROM generate_series(1, cardinality(NEW.wallets)) AS a (n) LEFT JOIN moved m ON m.n = a.n;
    IF v_breach IS NOT NULL THEN
        SELECT w.number, w.currency,
            NEW.balances[v_breach] - NEW.amounts[v_breach] - w.held AS available INTO v
        FROM wallets w WHERE w.id = NEW.wallets[v_breach];
        PERFORM ledger_refuse('wallet_available_above_floor', 'not enough is available',
            jsonb_build_object('wallet', v.number, 'currency', v.currency,
                'available', v.available, 'amount', -NEW.amounts[v_breach],
                'key', NEW.keys[NEW.numbers[v_breach]]));
    END IF;
    PERFORM ledger_refuse_batch_shape(NEW.ids, NEW.replays, NEW.keys, NEW.kinds);
    IF NEW.replays IS NOT NULL THEN
        -- What was posted before has the balances of its own moment.
        SELECT array_agg(CASE WHEN e.number = ANY (NEW.replays) AND w.floor IS NOT NULL THEN (
            SELECT x.balance FROM ledger_entries x
            WHERE x.transaction_id = NEW.ids[e.number] AND x.wallet_id = e.wallet
            ORDER BY x.position DESC LIMIT 1
        ) ELSE NEW.balances[e.n] END ORDER BY e.n) INTO NEW.balances
        FROM unnest(NEW.numbers, NEW.wallets) WITH ORDINALITY AS e (number, wallet, n)
        JOIN wallets w ON w.id = e.wallet;
    END IF;
    RETURN NEW;
END $$;

-- Refuses a batch in which a new transaction has the wrong shape; captures and reversals come alone.
CREATE FUNCTION ledger_refuse_batch_shape(
    p_ids bigint[], p_replays int[], p_keys text[], p_kinds text[]
) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    v_is_off boolean;
    v_count bigint;
    v record;
BEGIN
    SELECT bool_or(total <> 0), count(DISTINCT transaction_id) INTO v_is_off, v_count FROM (
        SELECT transaction_id, sum(amount) AS total FROM ledger_entries
        WHERE transaction_id = ANY (p_ids) GROUP BY transaction_id, currency
    ) by_currency;
    IF NOT v_is_off AND v_count = cardinality(p_ids) AND NOT EXISTS (
        SELECT FROM unnest(p_kinds) AS k (kind) WHERE kind NOT IN
            ('opening', 'settlement', 'adjustment', 'transfer', 'exchange', 'import'))
    THEN
        RETURN;
    END IF;
    -- Something is: which one?
    SELECT a.id, p_keys[a.n] AS key, p_kinds[a.n] AS kind INTO v
    FROM unnest(p_ids) WITH ORDINALITY AS a (id, n)
    LEFT JOIN (
        SELECT transaction_id, bool_or(total <> 0) AS is_off FROM (
            SELECT transaction_id, sum(amount) AS total FROM ledger_entries
            WHERE transaction_id = ANY (p_ids) GROUP BY transaction_id, currency
        ) by_currency GROUP BY transaction_id
    ) e ON e.transaction_id = a.id
    WHERE (p_replays IS NULL OR a.n <> ALL (p_replays)) AND (
        e.is_off IS NOT FALSE OR p_kinds[a.n] NOT IN
            ('opening', 'settlement', 'adjustment', 'transfer', 'exchange', 'import'))
    ORDER BY a.n LIMIT 1;
    IF FOUND THEN
        PERFORM ledger_refuse_shape(v.id, v.key, v.kind, NULL, NULL);
    END IF;
END $$;
CREATE TRIGGER ledger_posts_batch INSTEAD OF INSERT ON ledger_batch FOR EACH ROW
    EXECUTE FUNCTION ledger_posts_batch();
"""

NO_BATCH = """
DROP VIEW ledger_batch;
DROP FUNCTION ledger_posts_batch();
DROP FUNCTION ledger_refuse_batch_shape(bigint[], int[], text[], text[]);
DROP FUNCTION ledger_refuse_batch(text[], int[], int[], bigint[], bigint[]);
"""

CAPTURES = """
-- The lock on the hold decides between captures, release and expiry. A hold past its moment
-- counts as expired, also when the job that says so is late.
CREATE FUNCTION ledger_capture_hold(
    p_hold bigint, p_amount bigint, p_to bigint, p_key text, p_fingerprint text,
    p_effective_on date, p_description text, p_actor bigint, p_about_type int, p_about_id bigint
) RETURNS TABLE (id bigint, is_replay boolean, balances bigint[])
LANGUAGE plpgsql AS $$
#variable_conflict use_column
DECLARE
    h ledger_holds;
    v_rest bigint;
    v_currencies text[];
    v_from_comes_first boolean;
BEGIN
    SELECT * INTO h FROM ledger_holds WHERE ledger_holds.id = p_hold FOR NO KEY UPDATE;
    IF NOT FOUND THEN
        PERFORM ledger_refuse('hold_is_known', 'there is no such hold');
    END IF;
    v_rest := h.amount - h.captured - h.released;
    IF NOT EXISTS (SELECT FROM ledger_transactions t WHERE t.key = p_key) THEN
        -- In the order of ids before the hold lets go of its wallet, against deadlocks.
        PERFORM FROM wallets w WHERE w.id IN (h.wallet_id, p_to) AND w.floor IS NOT NULL
        ORDER BY w.id FOR NO KEY UPDATE;
        SELECT array_agg(w.currency::text) INTO v_currencies FROM wallets w
        WHERE w.id IN (h.wallet_id, p_to);
        IF h.status <> 'active' OR h.expires_at <= now() THEN
            PERFORM ledger_refuse('hold_moves_forward', 'the hold has ended', jsonb_build_object(
                'hold', 'H-' || h.id,
                'status', CASE WHEN h.status = 'active' THEN 'expired' ELSE h.status END));
        ELSIF p_amount > v_rest THEN
            PERFORM ledger_refuse('hold_covers_capture', 'less is held', jsonb_build_object(
                'hold', 'H-' || h.id, 'rest', v_rest, 'amount', p_amount,
                'currency', (SELECT w.currency FROM wallets w WHERE w.id = h.wallet_id)));
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
        WHERE ledger_holds.id = p_hold;
    END IF;
    v_from_comes_first := h.wallet_id < p_to;
    RETURN QUERY INSERT INTO ledger_inbox (key, fingerprint, kind, effective_on, description,
        actor_id, about_type_id, about_id, hold_id, wallets, amounts, lines)
    VALUES (p_key, p_fingerprint, 'capture', p_effective_on, p_description, p_actor,
        COALESCE(p_about_type, h.about_type_id), COALESCE(p_about_id, h.about_id), p_hold,
        CASE WHEN v_from_comes_first THEN ARRAY[h.wallet_id, p_to] ELSE ARRAY[p_to, h.wallet_id] END,
        CASE WHEN v_from_comes_first THEN ARRAY[-p_amount, p_amount]
            ELSE ARRAY[p_amount, -p_amount] END,
        CASE WHEN v_from_comes_first THEN ARRAY[1, 2] ELSE ARRAY[2, 1] END)
    RETURNING ledger_inbox.id, ledger_inbox.is_replay, ledger_inbox.balances;
END $$;
"""

NO_CAPTURES = """
DROP FUNCTION ledger_capture_hold(
    bigint, bigint, bigint, text, text, date, text, bigint, int, bigint
);
"""


class Migration(migrations.Migration):
    dependencies = [("wallets", "0006_places")]

    operations = [
        migrations.AlterField(
            model_name="ledgerentry", name="line", field=models.IntegerField(verbose_name="line")
        ),
        migrations.RunSQL(NO_OLD_DOORS, OLD_DOORS),
        migrations.RunSQL(MOMENTS, migrations.RunSQL.noop),
        migrations.RunSQL(TABLES, NO_TABLES),
        migrations.RunSQL(SHAPE, NO_SHAPE),
        migrations.RunSQL(INBOX, NO_INBOX),
        migrations.RunSQL(BATCH, NO_BATCH),
        migrations.RunSQL(CAPTURES, NO_CAPTURES),
    ]
