"""Adjustments in bulk, and the database's own maker and checker for every adjustment."""

import django.db.models.deletion
import django.db.models.functions.datetime
import simple_history.models
from django.conf import settings
from django.db import migrations, models


LINES = """
CREATE TRIGGER lines_are_append_only
    BEFORE UPDATE OR DELETE OR TRUNCATE ON adjustment_lines
    EXECUTE FUNCTION ledger_refuses('lines_are_append_only',
        'give the draft another file instead');

-- Lines come with the last file of a draft; the row lock keeps it one until they are committed.
CREATE FUNCTION ledger_lines_join_draft() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM FROM adjustment_batches
    WHERE id IN (SELECT batch_id FROM added) ORDER BY id FOR NO KEY UPDATE;
    IF EXISTS (
        SELECT FROM added LEFT JOIN adjustment_batches b ON b.id = added.batch_id
        WHERE b.status IS DISTINCT FROM 'draft' OR b.file_number <> added.file_number
    ) THEN
        PERFORM ledger_refuse('lines_join_draft', 'lines come with the last file of a draft');
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER lines_join_draft AFTER INSERT ON adjustment_lines
    REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION ledger_lines_join_draft();
"""

NO_LINES = """
DROP TRIGGER lines_join_draft ON adjustment_lines;
DROP FUNCTION ledger_lines_join_draft();
DROP TRIGGER lines_are_append_only ON adjustment_lines;
"""

BATCHES = """
-- What is asked for stands from submission on, and what has ended stays as it ended.
CREATE FUNCTION ledger_batch_moves_forward() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    movable CONSTANT text[] := ARRAY['status', 'version', 'transaction_id'];
BEGIN
    IF TG_OP = 'INSERT' THEN
        IF NEW.status <> 'draft' THEN
            PERFORM ledger_refuse('batch_starts_as_draft', 'a batch starts as a draft');
        END IF;
    ELSIF OLD.status NOT IN ('draft', 'pending') OR (NEW.id, NEW.requester_id, NEW.created_at)
        IS DISTINCT FROM (OLD.id, OLD.requester_id, OLD.created_at)
        OR (OLD.status <> 'draft' AND to_jsonb(NEW) - movable <> to_jsonb(OLD) - movable)
    THEN
        PERFORM ledger_refuse('batch_is_frozen', 'what was asked, and how it ended, stays');
    ELSIF OLD.status = 'draft' AND NEW.status NOT IN ('draft', 'pending', 'withdrawn') THEN
        PERFORM ledger_refuse('batch_is_submitted_first', 'nobody was asked about this batch');
    ELSIF OLD.status = 'draft' AND NEW.status = 'pending' AND NOT (
        SELECT count(*) = NEW.line_count AND max(l.number) = NEW.line_count
            AND coalesce(sum(l.amount) FILTER (WHERE l.direction = 'credit'), 0) = NEW.credit
            AND coalesce(sum(l.amount) FILTER (WHERE l.direction = 'debit'), 0) = NEW.debit
            AND coalesce(bool_and(w.currency = NEW.currency AND w.role = ''), false)
        FROM adjustment_lines l JOIN wallets w ON w.id = l.wallet_id
        WHERE l.batch_id = NEW.id AND l.file_number = NEW.file_number
    ) THEN
        PERFORM ledger_refuse('batch_is_of_its_lines',
            'count, totals and currency of a batch are those of its lines');
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER batch_moves_forward BEFORE INSERT OR UPDATE ON adjustment_batches
    FOR EACH ROW EXECUTE FUNCTION ledger_batch_moves_forward();
CREATE TRIGGER batches_are_kept BEFORE DELETE OR TRUNCATE ON adjustment_batches
    EXECUTE FUNCTION ledger_refuses('batches_are_kept', 'withdraw the batch instead');
"""

NO_BATCHES = """
DROP TRIGGER batches_are_kept ON adjustment_batches;
DROP TRIGGER batch_moves_forward ON adjustment_batches;
DROP FUNCTION ledger_batch_moves_forward();
"""

MAKER_CHECKER = """
-- Tells whether enough people agreed to exactly this on every level, the requester not among them.
CREATE FUNCTION ledger_is_agreed(
    p_subject_type int, p_subject bigint, p_requester bigint, p_amount bigint, p_currency text
) RETURNS boolean LANGUAGE sql STABLE AS $$
    SELECT EXISTS (
        SELECT FROM approval_requests r
        WHERE r.subject_type_id = p_subject_type AND r.subject_id = p_subject
            AND r.status = 'approved' AND jsonb_array_length(r.levels) > 0
            AND r.requester_id = p_requester
            AND r.amount = p_amount AND r.currency = p_currency
            AND NOT EXISTS (
                SELECT FROM jsonb_to_recordset(r.levels) AS asked (number int, decider_count int)
                WHERE greatest(asked.decider_count, 1) > (
                    SELECT count(DISTINCT d.decider_id) FROM approval_decisions d
                    WHERE d.request_id = r.id AND d.level = asked.number
                        AND d.verdict = 'approve' AND d.decider_id <> p_requester
                        AND d.on_behalf_of_id IS DISTINCT FROM p_requester
                )
            )
    )
$$;

-- What an adjustment, or a batch of them, asks for.
CREATE FUNCTION ledger_asked(p_model text, p_subject bigint)
RETURNS TABLE (line int, wallet bigint, amount bigint) LANGUAGE sql STABLE AS $$
    SELECT 1, a.wallet_id, CASE a.direction WHEN 'credit' THEN a.amount ELSE -a.amount END
    FROM adjustments a WHERE p_model = 'adjustment' AND a.id = p_subject
    UNION ALL
    SELECT l.number, l.wallet_id, CASE l.direction WHEN 'credit' THEN l.amount ELSE -l.amount END
    FROM adjustment_batches b
    JOIN adjustment_lines l ON l.batch_id = b.id AND l.file_number = b.file_number
    WHERE p_model = 'adjustmentbatch' AND b.id = p_subject
$$;

-- At commit: an adjustment is in the journal only when others approved it, and as it was asked.
CREATE FUNCTION ledger_adjustment_is_approved() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    v_model text;
    v_requester bigint;
    v_amount bigint;
    v_currency text;
BEGIN
    SELECT model INTO v_model FROM django_content_type
    WHERE id = NEW.about_type_id AND app_label = 'wallets';
    IF v_model = 'adjustment' THEN
        SELECT a.requester_id, a.amount, w.currency INTO v_requester, v_amount, v_currency
        FROM adjustments a JOIN wallets w ON w.id = a.wallet_id
        WHERE a.id = NEW.about_id AND a.transaction_id = NEW.id AND a.status = 'approved';
    ELSIF v_model = 'adjustmentbatch' THEN
        SELECT requester_id, credit + debit, currency INTO v_requester, v_amount, v_currency
        FROM adjustment_batches
        WHERE id = NEW.about_id AND transaction_id = NEW.id AND status = 'approved';
    END IF;
    IF v_requester IS NULL OR NOT ledger_is_agreed(
        NEW.about_type_id, NEW.about_id, v_requester, v_amount, v_currency)
    THEN
        PERFORM ledger_refuse('adjustment_is_approved',
            'an adjustment is posted when enough people other than the requester have approved it',
            jsonb_build_object('transaction', NEW.id));
    ELSIF EXISTS (
        SELECT FROM ledger_asked(v_model, NEW.about_id) asked
        FULL JOIN (
            SELECT e.line, e.wallet_id, e.amount FROM ledger_entries e
            JOIN wallets w ON w.id = e.wallet_id
            WHERE e.transaction_id = NEW.id AND w.role = ''
        ) posted ON posted.line = asked.line
        WHERE (posted.wallet_id, posted.amount) IS DISTINCT FROM (asked.wallet, asked.amount)
    ) THEN
        PERFORM ledger_refuse('adjustment_posts_what_was_asked',
            'people''s wallets move exactly as it was approved',
            jsonb_build_object('transaction', NEW.id));
    END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER adjustment_is_approved AFTER INSERT ON ledger_transactions
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (NEW.kind = 'adjustment')
    EXECUTE FUNCTION ledger_adjustment_is_approved();
"""

NO_MAKER_CHECKER = """
DROP TRIGGER adjustment_is_approved ON ledger_transactions;
DROP FUNCTION ledger_adjustment_is_approved();
DROP FUNCTION ledger_asked(text, bigint);
DROP FUNCTION ledger_is_agreed(int, bigint, bigint, bigint, text);
"""


class Migration(migrations.Migration):

    dependencies = [
        ('approvals', '0003_band_has_currency'),
        ('wallets', '0011_journal_import'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='AdjustmentLine',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('file_number', models.PositiveSmallIntegerField(verbose_name='file')),
                ('number', models.PositiveSmallIntegerField(help_text='1, 2, 3 …', verbose_name='number')),
                ('file_line', models.PositiveIntegerField(help_text='on which it stands in the file, whose header is line 1', verbose_name='line')),
                ('direction', models.CharField(choices=[('credit', 'credit (into the wallet)'), ('debit', 'debit (out of the wallet)')], max_length=8, verbose_name='direction')),
                ('amount', models.BigIntegerField(help_text='minor units', verbose_name='amount')),
                ('note', models.TextField(blank=True, verbose_name='note')),
                ('added_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False, verbose_name='added at')),
            ],
            options={
                'verbose_name': 'line of a batch',
                'verbose_name_plural': 'lines of batches',
                'db_table': 'adjustment_lines',
                'ordering': ('batch', 'file_number', 'number'),
                'default_permissions': (),
            },
        ),
        migrations.CreateModel(
            name='HistoricalAdjustmentBatch',
            fields=[
                ('id', models.BigIntegerField(auto_created=True, blank=True, db_index=True, verbose_name='ID')),
                ('currency', models.CharField(max_length=3, verbose_name='currency')),
                ('note', models.TextField(blank=True, verbose_name='note')),
                ('file_number', models.PositiveSmallIntegerField(default=1, help_text='1, 2, 3 … for each file that was chosen', verbose_name='file')),
                ('file_name', models.CharField(max_length=150, verbose_name='name of the file')),
                ('sha256', models.CharField(max_length=64, verbose_name='SHA-256')),
                ('line_count', models.PositiveIntegerField(verbose_name='lines')),
                ('credit', models.BigIntegerField(help_text='into wallets, minor units', verbose_name='credits')),
                ('debit', models.BigIntegerField(help_text='out of wallets, minor units', verbose_name='debits')),
                ('status', models.CharField(choices=[('draft', 'draft'), ('pending', 'pending'), ('approved', 'approved and posted'), ('rejected', 'rejected'), ('withdrawn', 'withdrawn'), ('expired', 'expired')], default='draft', max_length=10, verbose_name='status')),
                ('version', models.PositiveIntegerField(default=1, editable=False, verbose_name='version')),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False, verbose_name='created at')),
                ('history_change_reason', models.TextField(null=True)),
                ('history_id', models.AutoField(primary_key=True, serialize=False)),
                ('history_date', models.DateTimeField()),
                ('history_type', models.CharField(choices=[('+', 'Created'), ('~', 'Changed'), ('-', 'Deleted')], max_length=1)),
            ],
            options={
                'verbose_name': 'historical batch of adjustments',
                'verbose_name_plural': 'historical batches of adjustments',
                'db_table': 'adjustment_batches_history',
                'ordering': ('-history_date', '-history_id'),
                'get_latest_by': ('history_date', 'history_id'),
            },
            bases=(simple_history.models.HistoricalChanges, models.Model),
        ),
        migrations.AlterField(
            model_name='evidence',
            name='adjustment',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='evidence', to='wallets.adjustment'),
        ),
        migrations.CreateModel(
            name='AdjustmentBatch',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('currency', models.CharField(max_length=3, verbose_name='currency')),
                ('note', models.TextField(blank=True, verbose_name='note')),
                ('file_number', models.PositiveSmallIntegerField(default=1, help_text='1, 2, 3 … for each file that was chosen', verbose_name='file')),
                ('file_name', models.CharField(max_length=150, verbose_name='name of the file')),
                ('sha256', models.CharField(max_length=64, verbose_name='SHA-256')),
                ('line_count', models.PositiveIntegerField(verbose_name='lines')),
                ('credit', models.BigIntegerField(help_text='into wallets, minor units', verbose_name='credits')),
                ('debit', models.BigIntegerField(help_text='out of wallets, minor units', verbose_name='debits')),
                ('status', models.CharField(choices=[('draft', 'draft'), ('pending', 'pending'), ('approved', 'approved and posted'), ('rejected', 'rejected'), ('withdrawn', 'withdrawn'), ('expired', 'expired')], default='draft', max_length=10, verbose_name='status')),
                ('version', models.PositiveIntegerField(default=1, editable=False, verbose_name='version')),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False, verbose_name='created at')),
                ('requester', models.ForeignKey(editable=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='requested by')),
                ('transaction', models.OneToOneField(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='adjustment_batch', to='wallets.ledgertransaction', verbose_name='posted as')),
            ],
            options={
                'verbose_name': 'batch of adjustments',
                'verbose_name_plural': 'batches of adjustments',
                'db_table': 'adjustment_batches',
                'ordering': ('-id',),
                'default_permissions': ('view',),
            },
        ),
        migrations.AddField(
            model_name='evidence',
            name='batch',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='evidence', to='wallets.adjustmentbatch'),
        ),
        migrations.AddConstraint(
            model_name='evidence',
            constraint=models.CheckConstraint(condition=models.Q(('adjustment__isnull', True), ('batch__isnull', True), _connector='XOR'), name='evidence_has_one_subject'),
        ),
        migrations.AddField(
            model_name='adjustmentline',
            name='added_by',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='added by'),
        ),
        migrations.AddField(
            model_name='adjustmentline',
            name='batch',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='lines', to='wallets.adjustmentbatch'),
        ),
        migrations.AddField(
            model_name='adjustmentline',
            name='reason_code',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='wallets.reasoncode', verbose_name='reason code'),
        ),
        migrations.AddField(
            model_name='adjustmentline',
            name='wallet',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='adjustment_lines', to='wallets.wallet', verbose_name='wallet'),
        ),
        migrations.AddField(
            model_name='historicaladjustmentbatch',
            name='history_user',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='historicaladjustmentbatch',
            name='requester',
            field=models.ForeignKey(blank=True, db_constraint=False, editable=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='requested by'),
        ),
        migrations.AddField(
            model_name='historicaladjustmentbatch',
            name='transaction',
            field=models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='wallets.ledgertransaction', verbose_name='posted as'),
        ),
        migrations.AddConstraint(
            model_name='adjustmentbatch',
            constraint=models.CheckConstraint(condition=models.Q(('status__in', ['draft', 'pending', 'approved', 'rejected', 'withdrawn', 'expired'])), name='batch_has_status'),
        ),
        migrations.AddConstraint(
            model_name='adjustmentbatch',
            constraint=models.CheckConstraint(condition=models.Q(('credit__gte', 0), ('debit__gte', 0), ('line_count__gt', 0), models.Q(('credit__gt', 0), ('debit__gt', 0), _connector='OR')), name='batch_has_lines'),
        ),
        migrations.AddConstraint(
            model_name='adjustmentbatch',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('status', 'approved'), ('transaction__isnull', False)), models.Q(models.Q(('status', 'approved'), _negated=True), ('transaction__isnull', True)), _connector='OR'), name='batch_approved_is_posted'),
        ),
        migrations.AddIndex(
            model_name='adjustmentline',
            index=models.Index(fields=['wallet', '-id'], name='line_by_wallet'),
        ),
        migrations.AddConstraint(
            model_name='adjustmentline',
            constraint=models.UniqueConstraint(fields=('batch', 'file_number', 'number'), name='line_number_is_unique'),
        ),
        migrations.AddConstraint(
            model_name='adjustmentline',
            constraint=models.CheckConstraint(condition=models.Q(('amount__gt', 0)), name='line_amount_is_positive'),
        ),
        migrations.AddConstraint(
            model_name='adjustmentline',
            constraint=models.CheckConstraint(condition=models.Q(('direction__in', ['credit', 'debit'])), name='line_has_direction'),
        ),
        migrations.AddIndex(
            model_name='historicaladjustmentbatch',
            index=models.Index(fields=['history_date', 'id'], name='adjustment__history_06f30a_idx'),
        ),
        migrations.AlterField(
            model_name='adjustment',
            name='status',
            field=models.CharField(choices=[('draft', 'draft'), ('pending', 'pending'), ('approved', 'approved and posted'), ('rejected', 'rejected'), ('withdrawn', 'withdrawn'), ('expired', 'expired')], default='draft', max_length=10, verbose_name='status'),
        ),
        migrations.AlterField(
            model_name='adjustment',
            name='transaction',
            field=models.OneToOneField(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='adjustment', to='wallets.ledgertransaction', verbose_name='posted as'),
        ),
        migrations.AlterField(
            model_name='historicaladjustment',
            name='status',
            field=models.CharField(choices=[('draft', 'draft'), ('pending', 'pending'), ('approved', 'approved and posted'), ('rejected', 'rejected'), ('withdrawn', 'withdrawn'), ('expired', 'expired')], default='draft', max_length=10, verbose_name='status'),
        ),
        migrations.AlterField(
            model_name='historicaladjustment',
            name='transaction',
            field=models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='wallets.ledgertransaction', verbose_name='posted as'),
        ),
        migrations.RunSQL(LINES, NO_LINES),
        migrations.RunSQL(BATCHES, NO_BATCHES),
        migrations.RunSQL(MAKER_CHECKER, NO_MAKER_CHECKER),
    ]
