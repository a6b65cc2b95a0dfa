"""Requests and decisions about money are counted by person and day, and refused over the limit.

The row of the day is locked by whoever counts until their transaction ends, so that of two at the
same moment the later one sees what the earlier one has used. A refused one counts nothing, because
its transaction is undone. `system` has no limits: it decides only by rules that people have made.
"""

from django.db import migrations


COUNTING = """
-- The day on the calendar of the office, whose zone the connection brings along.
CREATE FUNCTION office_day(at timestamptz) RETURNS date LANGUAGE sql STABLE AS $$
    SELECT (at AT TIME ZONE coalesce(nullif(current_setting('assets.time_zone', true), ''), 'UTC'))::date
$$;

CREATE FUNCTION count_toward_limit(
    p_person bigint, p_kind text, p_currency text, p_count bigint, p_amount bigint
) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    v_count bigint;
    v_amount bigint;
    v_most_count bigint;
    v_most_amount bigint;
BEGIN
    IF EXISTS (SELECT FROM users WHERE id = p_person AND is_system) THEN
        RETURN;
    END IF;
    INSERT INTO business_limit_uses AS u (person_id, kind, currency, day, count, amount)
    VALUES (p_person, p_kind, p_currency, office_day(now()), p_count, p_amount)
    ON CONFLICT (person_id, kind, currency, day)
    DO UPDATE SET count = u.count + excluded.count, amount = u.amount + excluded.amount
    RETURNING u.count, u.amount INTO v_count, v_amount;
    SELECT max(l.count_per_day), max(l.amount_per_day) INTO v_most_count, v_most_amount
    FROM business_limits l JOIN users_groups g ON g.group_id = l.role_id
    WHERE l.is_active AND l.kind = p_kind AND l.currency = p_currency AND g.user_id = p_person;
    IF v_most_count IS NULL THEN
        SELECT l.count_per_day, l.amount_per_day INTO v_most_count, v_most_amount
        FROM business_limits l
        WHERE l.is_active AND l.kind = p_kind AND l.currency = p_currency AND l.role_id IS NULL;
    END IF;
    IF v_count > v_most_count OR v_amount > v_most_amount THEN
        PERFORM ledger_refuse('daily_limit_holds', 'the limit of the day is reached',
            jsonb_build_object('kind', p_kind, 'currency', p_currency, 'count', p_count,
                'amount', p_amount, 'used_count', v_count - p_count,
                'used_amount', v_amount - p_amount, 'count_per_day', v_most_count,
                'amount_per_day', v_most_amount));
    END IF;
END $$;

CREATE FUNCTION limit_counts_of(p_scope text, p_subject bigint) RETURNS bigint LANGUAGE sql STABLE AS $$
    SELECT CASE p_scope WHEN 'adjustment_batch'
        THEN (SELECT line_count FROM adjustment_batches WHERE id = p_subject) ELSE 1 END
$$;
CREATE FUNCTION limit_of_scope(p_scope text) RETURNS text LANGUAGE sql IMMUTABLE AS $$
    SELECT CASE p_scope WHEN 'adjustment' THEN 'adjustment'
        WHEN 'adjustment_batch' THEN 'adjustment' WHEN 'payout' THEN 'payout' END
$$;

CREATE FUNCTION request_counts_toward_limit() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF limit_of_scope(NEW.scope) IS NOT NULL THEN
        PERFORM count_toward_limit(NEW.requester_id, limit_of_scope(NEW.scope) || '_requested',
            NEW.currency, limit_counts_of(NEW.scope, NEW.subject_id), NEW.amount);
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER request_counts_toward_limit AFTER INSERT ON approval_requests
    FOR EACH ROW EXECUTE FUNCTION request_counts_toward_limit();

CREATE FUNCTION decision_counts_toward_limit() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    r approval_requests;
BEGIN
    SELECT * INTO r FROM approval_requests WHERE id = NEW.request_id;
    IF limit_of_scope(r.scope) IS NOT NULL THEN
        PERFORM count_toward_limit(NEW.decider_id, limit_of_scope(r.scope) || '_approved',
            r.currency, limit_counts_of(r.scope, r.subject_id), r.amount);
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER decision_counts_toward_limit AFTER INSERT ON approval_decisions
    FOR EACH ROW WHEN (NEW.verdict = 'approve') EXECUTE FUNCTION decision_counts_toward_limit();
"""

NO_COUNTING = """
DROP TRIGGER decision_counts_toward_limit ON approval_decisions;
DROP FUNCTION decision_counts_toward_limit();
DROP TRIGGER request_counts_toward_limit ON approval_requests;
DROP FUNCTION request_counts_toward_limit();
DROP FUNCTION limit_of_scope(text);
DROP FUNCTION limit_counts_of(text, bigint);
DROP FUNCTION count_toward_limit(bigint, text, text, bigint, bigint);
DROP FUNCTION office_day(timestamptz);
"""

USES = """
-- A day's use only grows, and only by the counting above: nobody gives themselves a new day.
CREATE FUNCTION limit_use_only_grows() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF pg_trigger_depth() < 2 OR (TG_OP = 'UPDATE' AND (
        (NEW.person_id, NEW.kind, NEW.currency, NEW.day)
            IS DISTINCT FROM (OLD.person_id, OLD.kind, OLD.currency, OLD.day)
        OR NEW.count < OLD.count OR NEW.amount < OLD.amount))
    THEN
        PERFORM ledger_refuse('limit_use_only_grows',
            'what was used of a limit is counted by requests and decisions');
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER limit_use_only_grows AFTER INSERT OR UPDATE ON business_limit_uses
    FOR EACH ROW EXECUTE FUNCTION limit_use_only_grows();
CREATE TRIGGER limit_uses_stay BEFORE DELETE OR TRUNCATE ON business_limit_uses
    EXECUTE FUNCTION ledger_refuses('limit_uses_stay', 'what was used of a limit stays');
"""

NO_USES = """
DROP TRIGGER limit_uses_stay ON business_limit_uses;
DROP TRIGGER limit_use_only_grows ON business_limit_uses;
DROP FUNCTION limit_use_only_grows();
"""


class Migration(migrations.Migration):
    dependencies = [
        ("wallets", "0014_business_limits"),
        ("approvals", "0006_reminders_and_trust"),
    ]

    operations = [
        migrations.RunSQL(COUNTING, NO_COUNTING),
        migrations.RunSQL(USES, NO_USES),
    ]
