"""The roll-up, and balances at any day and any moment.

The roll-up is done by an INSERT into the view `ledger_roll_up`. It gives the entries of open wallets
their places, in the order in which it finds them, and adds what is new to the days: for each wallet
and effective day the balance at its end. Whatever is not rolled up yet is added when a balance is
read, in the same statement, so that every figure is exact at any time.

A balance has two times. By its *effective day* it follows the books: what is back-dated later belongs
to its day. By its *moment* it follows what was known: what is posted later never changes it. Both
together: what was known at that moment about that day.

An entry of an open wallet is placed some seconds after it was posted. At a moment between the two it
counts by the moment of its transaction; so a moment is looked up among the places by bisection, and
the one roll-up after it is looked through.
"""

from django.db import migrations

ROLL_UP = """
CREATE VIEW ledger_roll_up AS
    SELECT NULL::int AS most, NULL::bigint AS placed, NULL::bigint AS remembered WHERE false;
COMMENT ON VIEW ledger_roll_up IS
    'Insert a row with `most` to place as many entries of each open wallet; `placed` says how many '
    'were, `remembered` how many days of wallets were brought up to date. Two at once: the second '
    'does nothing.';

CREATE FUNCTION ledger_rolls_up() RETURNS trigger LANGUAGE plpgsql
SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    v_now timestamptz;
BEGIN
    NEW.placed := 0;
    NEW.remembered := 0;
    IF NOT pg_try_advisory_xact_lock(hashtextextended('ledger_roll_up', 0)) THEN
        RETURN NEW;
    END IF;
    PERFORM FROM wallets WHERE floor IS NULL ORDER BY id FOR NO KEY UPDATE;
    v_now := clock_timestamp();
    WITH fresh AS MATERIALIZED (
        SELECT f.id, f.wallet_id, f.amount, greatest(w.moved_at, v_now) AS placed_at,
            w.position + row_number() OVER each_wallet AS position,
            w.posted + sum(f.amount) OVER each_wallet AS balance
        FROM wallets w CROSS JOIN LATERAL (
            SELECT e.id, e.wallet_id, e.amount FROM ledger_entries e
            WHERE e.wallet_id = w.id AND e.position IS NULL ORDER BY e.id LIMIT NEW.most
        ) f
        WHERE w.floor IS NULL
        WINDOW each_wallet AS (PARTITION BY f.wallet_id ORDER BY f.id)
    ), moved AS (
        UPDATE wallets w SET posted = w.posted + f.total, position = w.position + f.count,
            moved_at = f.placed_at
        FROM (
            SELECT wallet_id, sum(amount)::bigint AS total, count(*), max(placed_at) AS placed_at
            FROM fresh GROUP BY wallet_id
        ) f WHERE f.wallet_id = w.id
    ), placed AS (
        UPDATE ledger_entries e
        SET position = f.position, balance = f.balance, placed_at = f.placed_at
        FROM fresh f WHERE e.id = f.id
    )
    SELECT count(*) INTO NEW.placed FROM fresh;
    NEW.remembered := ledger_remember_days();
    RETURN NEW;
END $$;
CREATE TRIGGER ledger_rolls_up INSTEAD OF INSERT ON ledger_roll_up FOR EACH ROW
    EXECUTE FUNCTION ledger_rolls_up();

-- Adds the entries after each wallet's mark to its days: a day's balance is that of its end, so
-- what is back-dated moves the later days of that wallet too.
CREATE FUNCTION ledger_remember_days() RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
    v_count bigint;
BEGIN
    WITH behind AS MATERIALIZED (
        SELECT w.id AS wallet_id, coalesce(m.position, 0) AS mark, w.position
        FROM wallets w LEFT JOIN ledger_marks m ON m.wallet_id = w.id
        WHERE w.position > coalesce(m.position, 0)
    ), fresh AS MATERIALIZED (
        SELECT e.wallet_id, e.effective_on, sum(e.amount)::bigint AS total,
            max(e.position) AS last_position
        FROM behind b JOIN ledger_entries e
            ON e.wallet_id = b.wallet_id AND e.position > b.mark AND e.position <= b.position
        GROUP BY e.wallet_id, e.effective_on
    ), risen AS MATERIALIZED (
        -- Each row says how much the balance rises from its day to the day before the next row.
        SELECT f.*, sum(f.total) OVER each_wallet AS rise,
            lead(f.effective_on, 1, 'infinity') OVER each_wallet AS until
        FROM fresh f WINDOW each_wallet AS (PARTITION BY f.wallet_id ORDER BY f.effective_on)
    ), later AS (
        UPDATE ledger_days d SET balance = d.balance + r.rise, last_position = CASE
            WHEN d.effective_on = r.effective_on THEN r.last_position ELSE d.last_position END
        FROM risen r
        WHERE d.wallet_id = r.wallet_id
            AND d.effective_on >= r.effective_on AND d.effective_on < r.until
    ), added AS (
        INSERT INTO ledger_days (wallet_id, effective_on, balance, last_position)
        SELECT r.wallet_id, r.effective_on,
            r.rise + coalesce((
                SELECT d.balance FROM ledger_days d
                WHERE d.wallet_id = r.wallet_id AND d.effective_on < r.effective_on
                ORDER BY d.effective_on DESC LIMIT 1), 0),
            r.last_position
        FROM risen r
        WHERE NOT EXISTS (
            SELECT FROM ledger_days d
            WHERE d.wallet_id = r.wallet_id AND d.effective_on = r.effective_on)
    ), marked AS (
        INSERT INTO ledger_marks (wallet_id, position) SELECT wallet_id, position FROM behind
        ON CONFLICT (wallet_id) DO UPDATE SET position = excluded.position
    )
    SELECT count(*) INTO v_count FROM fresh;
    RETURN v_count;
END $$;
"""

NO_ROLL_UP = """
INSERT INTO ledger_roll_up (most) VALUES (2147483647);
DROP VIEW ledger_roll_up;
DROP FUNCTION ledger_rolls_up();
DROP FUNCTION ledger_remember_days();
"""

BALANCES = """
-- What is posted on a wallet by the end of an effective day, as it is known now.
CREATE FUNCTION ledger_balance_on(p_wallet bigint, p_day date) RETURNS bigint
LANGUAGE sql STABLE AS $$
    SELECT coalesce((
        SELECT d.balance FROM ledger_days d
        WHERE d.wallet_id = p_wallet AND d.effective_on <= p_day
        ORDER BY d.effective_on DESC LIMIT 1), 0)
    + coalesce((
        SELECT sum(e.amount)::bigint FROM ledger_entries e
        WHERE e.wallet_id = p_wallet AND e.effective_on <= p_day AND e.position > coalesce(
            (SELECT m.position FROM ledger_marks m WHERE m.wallet_id = p_wallet), 0)), 0)
    + coalesce((
        SELECT sum(e.amount)::bigint FROM ledger_entries e
        WHERE e.wallet_id = p_wallet AND e.position IS NULL AND e.effective_on <= p_day), 0)
$$;

-- The same of every wallet, in one pass; without a day, as of now.
CREATE FUNCTION ledger_balances_on(p_day date DEFAULT NULL)
RETURNS TABLE (wallet_id bigint, balance bigint) LANGUAGE sql STABLE ROWS 1000 AS $$
    SELECT w.id, (CASE WHEN p_day IS NULL THEN w.posted ELSE coalesce(d.balance, 0) + coalesce(t.total, 0) END
        + coalesce(u.total, 0))::bigint
    FROM wallets w
    LEFT JOIN LATERAL (
        SELECT d.balance FROM ledger_days d
        WHERE p_day IS NOT NULL AND d.wallet_id = w.id AND d.effective_on <= p_day
        ORDER BY d.effective_on DESC LIMIT 1
    ) d ON true
    LEFT JOIN ledger_marks m ON m.wallet_id = w.id
    LEFT JOIN LATERAL (
        SELECT sum(e.amount) AS total FROM ledger_entries e
        WHERE p_day IS NOT NULL AND w.position > coalesce(m.position, 0) AND e.wallet_id = w.id
            AND e.position > coalesce(m.position, 0) AND e.effective_on <= p_day
    ) t ON true
    LEFT JOIN LATERAL (
        SELECT sum(e.amount) AS total FROM ledger_entries e
        WHERE w.floor IS NULL AND e.wallet_id = w.id AND e.position IS NULL
            AND (p_day IS NULL OR e.effective_on <= p_day)
    ) u ON true
$$;

-- The last position that had been given by a moment; 0 before the first. Places rise with time, so
-- twenty-four looks into the index find it among ten million.
CREATE FUNCTION ledger_position_at(p_wallet bigint, p_moment timestamptz) RETURNS bigint
LANGUAGE plpgsql STABLE AS $$
DECLARE
    v_low bigint := 0;
    v_high bigint;
    v_middle bigint;
    v_placed_at timestamptz;
BEGIN
    SELECT position INTO v_high FROM wallets WHERE id = p_wallet;
    WHILE v_low < v_high LOOP
        v_middle := (v_low + v_high + 1) / 2;
        SELECT placed_at INTO v_placed_at FROM ledger_entries
        WHERE wallet_id = p_wallet AND position = v_middle;
        IF v_placed_at <= p_moment THEN
            v_low := v_middle;
        ELSE
            v_high := v_middle - 1;
        END IF;
    END LOOP;
    RETURN v_low;
END $$;

-- Entries of an open wallet that had been posted by a moment and were given a place only after it.
CREATE FUNCTION ledger_posted_but_not_placed(
    p_wallet bigint, p_moment timestamptz, p_position bigint, p_day date
) RETURNS bigint LANGUAGE plpgsql STABLE SET plan_cache_mode = force_custom_plan AS $$
DECLARE
    v_next timestamptz;
BEGIN
    IF NOT EXISTS (SELECT FROM wallets WHERE id = p_wallet AND floor IS NULL) THEN
        RETURN 0;
    END IF;
    SELECT placed_at INTO v_next FROM ledger_entries
    WHERE wallet_id = p_wallet AND position = p_position + 1;
    RETURN coalesce((
        SELECT sum(e.amount)::bigint
        FROM ledger_entries e JOIN ledger_transactions t ON t.id = e.transaction_id
        WHERE e.wallet_id = p_wallet AND t.posted_at <= p_moment
            AND (p_day IS NULL OR e.effective_on <= p_day)
            AND CASE WHEN v_next IS NULL THEN e.position IS NULL
                ELSE e.position > p_position
                    AND e.position <= ledger_position_at(p_wallet, v_next) END), 0);
END $$;

-- What was posted on a wallet at a moment; what was posted later never changes it.
CREATE FUNCTION ledger_balance_at(p_wallet bigint, p_moment timestamptz) RETURNS bigint
LANGUAGE plpgsql STABLE AS $$
DECLARE
    v_position bigint := ledger_position_at(p_wallet, p_moment);
BEGIN
    RETURN coalesce((
        SELECT balance FROM ledger_entries
        WHERE wallet_id = p_wallet AND position = v_position), 0)
    + ledger_posted_but_not_placed(p_wallet, p_moment, v_position, NULL);
END $$;

-- What was known at a moment about the end of an effective day: the balance of the day as it is now,
-- less what came after the moment. Only days with later positions have such entries.
CREATE FUNCTION ledger_balance_known(p_wallet bigint, p_day date, p_moment timestamptz)
RETURNS bigint LANGUAGE plpgsql STABLE
-- A plan for any wallet and any position would read all entries of the wallet.
SET plan_cache_mode = force_custom_plan AS $$
DECLARE
    v_position bigint := ledger_position_at(p_wallet, p_moment);
    v_mark bigint := coalesce((SELECT position FROM ledger_marks WHERE wallet_id = p_wallet), 0);
BEGIN
    RETURN coalesce((
        SELECT d.balance FROM ledger_days d
        WHERE d.wallet_id = p_wallet AND d.effective_on <= p_day
        ORDER BY d.effective_on DESC LIMIT 1), 0)
    - coalesce((
        SELECT sum(e.amount)::bigint FROM ledger_days d JOIN ledger_entries e
            ON e.wallet_id = d.wallet_id AND e.effective_on = d.effective_on
        WHERE d.wallet_id = p_wallet AND d.effective_on <= p_day AND d.last_position > v_position
            AND e.position > v_position AND e.position <= v_mark), 0)
    + coalesce((
        SELECT sum(e.amount)::bigint FROM ledger_entries e
        WHERE e.wallet_id = p_wallet AND e.position > v_mark AND e.position <= v_position
            AND e.effective_on <= p_day), 0)
    + ledger_posted_but_not_placed(p_wallet, p_moment, v_position, p_day);
END $$;
"""

NO_BALANCES = """
DROP FUNCTION ledger_balance_known(bigint, date, timestamptz);
DROP FUNCTION ledger_balance_at(bigint, timestamptz);
DROP FUNCTION ledger_posted_but_not_placed(bigint, timestamptz, bigint, date);
DROP FUNCTION ledger_position_at(bigint, timestamptz);
DROP FUNCTION ledger_balances_on(date);
DROP FUNCTION ledger_balance_on(bigint, date);
"""


class Migration(migrations.Migration):
    dependencies = [("wallets", "0008_periods")]

    operations = [
        migrations.RunSQL(ROLL_UP, NO_ROLL_UP),
        migrations.RunSQL(BALANCES, NO_BALANCES),
    ]
