"""Periods: a closed month takes no entries, and its balances are kept as they were.

Whoever closes or reopens a month takes the lock of the periods alone, which every posting shares; so
a posting is either counted in the month or refused. Months are closed in their order and reopened
in the opposite one, so that all days up to the last closed month are closed.
"""

from django.db import migrations

PERIODS = """
CREATE FUNCTION ledger_period_moves() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' THEN
        PERFORM ledger_refuse('period_is_kept', 'reopen the period instead');
    ELSIF NEW.starts_on <> date_trunc('month', NEW.starts_on)
        OR NEW.ends_on <> NEW.starts_on + interval '1 month' - interval '1 day'
    THEN
        PERFORM ledger_refuse('period_is_a_month', 'from the first to the last day of a month');
    ELSIF TG_OP = 'INSERT' THEN
        IF NEW.status <> 'open' OR NEW.closing_count <> 0 THEN
            PERFORM ledger_refuse('period_starts_open', 'a period starts open');
        END IF;
        RETURN NEW;
    ELSIF NEW.starts_on <> OLD.starts_on OR NEW.id <> OLD.id
        OR NEW.closing_count <> OLD.closing_count + (NEW.status = 'closed' AND OLD.status = 'open')::int
    THEN
        PERFORM ledger_refuse('period_counts_its_closings', 'a period only closes and reopens');
    ELSIF NEW.status = OLD.status OR NEW.status NOT IN ('open', 'closed') THEN
        RETURN NEW;
    END IF;

    PERFORM pg_advisory_xact_lock(hashtextextended('ledger_periods', 0));
    IF NEW.status = 'open' THEN
        IF EXISTS (
            SELECT FROM ledger_periods WHERE status = 'closed' AND starts_on > NEW.starts_on
        ) THEN
            PERFORM ledger_refuse('period_reopens_last_first', 'a later month is closed',
                jsonb_build_object('later', (
                    SELECT to_char(max(starts_on), 'YYYY-MM') FROM ledger_periods
                    WHERE status = 'closed')));
        END IF;
        RETURN NEW;
    END IF;
    IF EXISTS (
        SELECT FROM ledger_transactions t WHERE t.effective_on < NEW.starts_on
    ) AND NOT EXISTS (
        SELECT FROM ledger_periods p
        WHERE p.status = 'closed' AND p.ends_on = NEW.starts_on - 1
    ) OR EXISTS (
        SELECT FROM ledger_periods p WHERE p.status = 'closed' AND p.starts_on > NEW.starts_on
    ) THEN
        PERFORM ledger_refuse('period_closes_in_order', 'the month before is still open',
            jsonb_build_object('before', to_char(NEW.starts_on - 1, 'YYYY-MM')));
    END IF;
    INSERT INTO ledger_period_balances (period_id, closing, wallet_id, balance)
    SELECT NEW.id, NEW.closing_count, b.wallet_id, b.balance
    FROM ledger_balances_on(NEW.ends_on) b WHERE b.balance <> 0;
    RETURN NEW;
END $$;
CREATE TRIGGER ledger_period_moves BEFORE INSERT OR UPDATE OR DELETE ON ledger_periods
    FOR EACH ROW EXECUTE FUNCTION ledger_period_moves();
CREATE TRIGGER period_is_kept BEFORE TRUNCATE ON ledger_periods
    EXECUTE FUNCTION ledger_refuses('period_is_kept', 'reopen the period instead');

CREATE TRIGGER period_balances_are_kept BEFORE UPDATE OR DELETE OR TRUNCATE
    ON ledger_period_balances
    EXECUTE FUNCTION ledger_refuses('period_balances_are_kept',
        'what a closed month said is kept');
CREATE TRIGGER period_balances_come_by_closing BEFORE INSERT ON ledger_period_balances
    WHEN (pg_trigger_depth() = 0)
    EXECUTE FUNCTION ledger_refuses('period_balances_come_by_closing', 'close the period');
"""

NO_PERIODS = """
DROP TRIGGER period_balances_come_by_closing ON ledger_period_balances;
DROP TRIGGER period_balances_are_kept ON ledger_period_balances;
DROP TRIGGER period_is_kept ON ledger_periods;
DROP TRIGGER ledger_period_moves ON ledger_periods;
DROP FUNCTION ledger_period_moves();
"""


class Migration(migrations.Migration):
    dependencies = [("wallets", "0007_postings")]

    operations = [migrations.RunSQL(PERIODS, NO_PERIODS)]
