"""Seals over the ledger that form a chain, checks of the books, and what they remember."""

import django.contrib.postgres.fields
import django.db.models.deletion
import django.db.models.functions.datetime
from django.conf import settings
from django.db import migrations, models


CHAIN = """
-- The head repeats the end of the chain in a second place, so that a last seal that was taken away
-- is missed. Only the trigger of the seals writes it.
CREATE TABLE ledger_seal_head (
    is_one boolean PRIMARY KEY DEFAULT true CONSTRAINT ledger_seal_head_is_one CHECK (is_one),
    number bigint NOT NULL,
    hash varchar(64) NOT NULL
);

CREATE FUNCTION ledger_seal_head_follows() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF pg_trigger_depth() < 2 THEN
        PERFORM ledger_refuse('seal_head_follows_seals',
            'the head of the seals is written with a new seal only');
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER seal_head_follows_seals
    BEFORE INSERT OR UPDATE OR DELETE OR TRUNCATE ON ledger_seal_head
    FOR EACH STATEMENT EXECUTE FUNCTION ledger_seal_head_follows();

CREATE FUNCTION ledger_seal_continues_chain() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    last record;
BEGIN
    SELECT number, hash, last_id INTO last FROM ledger_seals ORDER BY number DESC LIMIT 1;
    IF NEW.number <> coalesce(last.number, 0) + 1
        OR NEW.previous_hash <> coalesce(last.hash, repeat('0', 64))
        OR NEW.last_id < last.last_id
    THEN
        PERFORM ledger_refuse('seal_continues_chain', 'a seal continues the one before it',
            jsonb_build_object('number', NEW.number, 'last', coalesce(last.number, 0)));
    END IF;
    INSERT INTO ledger_seal_head (number, hash) VALUES (NEW.number, NEW.hash)
        ON CONFLICT (is_one) DO UPDATE SET number = excluded.number, hash = excluded.hash;
    RETURN NEW;
END $$;
CREATE TRIGGER seal_continues_chain BEFORE INSERT ON ledger_seals
    FOR EACH ROW EXECUTE FUNCTION ledger_seal_continues_chain();
CREATE TRIGGER seals_are_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON ledger_seals
    EXECUTE FUNCTION ledger_refuses('seals_are_append_only', 'a seal stays as it was made');
"""

NO_CHAIN = """
DROP TRIGGER seals_are_append_only ON ledger_seals;
DROP TRIGGER seal_continues_chain ON ledger_seals;
DROP FUNCTION ledger_seal_continues_chain();
DROP TABLE ledger_seal_head;
DROP FUNCTION ledger_seal_head_follows();
"""

CHECKS = """
CREATE TRIGGER books_check_stays AFTER UPDATE ON books_checks FOR EACH ROW
    WHEN (OLD.finished_at IS NOT NULL)
    EXECUTE FUNCTION ledger_refuses('books_check_stays', 'a verdict is not changed: check again');
CREATE TRIGGER books_checks_are_kept BEFORE DELETE OR TRUNCATE ON books_checks
    EXECUTE FUNCTION ledger_refuses('books_checks_are_kept', 'checks of the books are kept');
"""

NO_CHECKS = """
DROP TRIGGER books_checks_are_kept ON books_checks;
DROP TRIGGER books_check_stays ON books_checks;
"""


class Migration(migrations.Migration):

    dependencies = [
        ('wallets', '0012_adjustment_batches'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='BooksCheckpoint',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('number', models.PositiveBigIntegerField(help_text='the last one that it knows', verbose_name='block')),
                ('hash', models.CharField(max_length=64, verbose_name='hash of the block')),
                ('wallet_ids', django.contrib.postgres.fields.ArrayField(base_field=models.BigIntegerField(), size=None, verbose_name='wallets')),
                ('positions', django.contrib.postgres.fields.ArrayField(base_field=models.BigIntegerField(), size=None, verbose_name='positions')),
                ('balances', django.contrib.postgres.fields.ArrayField(base_field=models.BigIntegerField(), size=None, verbose_name='balances')),
                ('digest', models.CharField(max_length=64, verbose_name='digest')),
                ('made_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False, verbose_name='made at')),
            ],
            options={
                'verbose_name': 'checkpoint',
                'verbose_name_plural': 'checkpoints',
                'db_table': 'books_checkpoints',
                'ordering': ('-id',),
                'default_permissions': (),
            },
        ),
        migrations.CreateModel(
            name='LedgerSeal',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('number', models.PositiveBigIntegerField(unique=True, verbose_name='number')),
                ('transaction_count', models.PositiveIntegerField(verbose_name='transactions')),
                ('entry_count', models.PositiveIntegerField(verbose_name='entries')),
                ('first_id', models.BigIntegerField(verbose_name='first transaction')),
                ('last_id', models.BigIntegerField(help_text='what has a lower number and no seal came late', verbose_name='last transaction')),
                ('contents', models.BinaryField(help_text='the number of each transaction, 8 bytes, and its SHA-256, 32', verbose_name='contents')),
                ('contents_hash', models.CharField(max_length=64, verbose_name='hash of the contents')),
                ('checkpoint_hash', models.CharField(blank=True, help_text='the newest that a check of the books had kept by then', max_length=64, verbose_name='hash of the checkpoint')),
                ('search', models.JSONField(help_text='what the next seal needs to find transactions that commit late', verbose_name='search')),
                ('previous_hash', models.CharField(max_length=64, verbose_name='previous hash')),
                ('hash', models.CharField(max_length=64, unique=True, verbose_name='hash')),
                ('sealed_at', models.DateTimeField(editable=False, verbose_name='sealed at')),
            ],
            options={
                'verbose_name': 'ledger seal',
                'verbose_name_plural': 'ledger seals',
                'db_table': 'ledger_seals',
                'ordering': ('-number',),
                'permissions': (('seal_ledger', 'Can seal the ledger'),),
                'default_permissions': ('view',),
            },
        ),
        migrations.CreateModel(
            name='BooksCheck',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('status', models.CharField(choices=[('waiting', 'waiting for a worker'), ('running', 'running'), ('right', 'the books are right'), ('wrong', 'the books are not right'), ('stopped', 'stopped')], default='waiting', editable=False, max_length=8, verbose_name='verdict')),
                ('stage', models.CharField(blank=True, editable=False, max_length=80, verbose_name='stage')),
                ('done_count', models.BigIntegerField(default=0, editable=False, verbose_name='done')),
                ('total_count', models.BigIntegerField(default=0, editable=False, verbose_name='to do')),
                ('attempt_count', models.PositiveSmallIntegerField(default=0, editable=False, verbose_name='attempts')),
                ('transaction_count', models.BigIntegerField(default=0, editable=False, verbose_name='transactions')),
                ('entry_count', models.BigIntegerField(default=0, editable=False, verbose_name='entries')),
                ('block_count', models.BigIntegerField(default=0, editable=False, verbose_name='seals')),
                ('unsealed_count', models.BigIntegerField(default=0, editable=False, help_text='transactions', verbose_name='not sealed yet')),
                ('head', models.CharField(blank=True, editable=False, help_text='number:hash', max_length=90, verbose_name='head')),
                ('fault', models.TextField(blank=True, editable=False, verbose_name='what does not fit')),
                ('requested_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False, verbose_name='asked for at')),
                ('heard_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False, help_text='last sign of life of whoever works on it')),
                ('started_at', models.DateTimeField(blank=True, editable=False, null=True, verbose_name='started at')),
                ('finished_at', models.DateTimeField(blank=True, editable=False, null=True, verbose_name='finished at')),
                ('requester', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='asked for by')),
            ],
            options={
                'verbose_name': 'check of the books',
                'verbose_name_plural': 'checks of the books',
                'db_table': 'books_checks',
                'ordering': ('-id',),
                'permissions': (('check_books', 'Can check the books'),),
                'default_permissions': ('view',),
                'indexes': [models.Index(condition=models.Q(('status__in', ('waiting', 'running'))), fields=['id'], name='books_check_unfinished')],
                'constraints': [models.CheckConstraint(condition=models.Q(('status__in', ['waiting', 'running', 'right', 'wrong', 'stopped'])), name='books_check_has_status'), models.CheckConstraint(condition=models.Q(models.Q(('finished_at__isnull', True), ('status__in', ('waiting', 'running'))), models.Q(('finished_at__isnull', False), ('status__in', ('right', 'wrong', 'stopped'))), _connector='OR'), name='books_check_ended_has_moment'), models.CheckConstraint(condition=models.Q(('status__in', ('wrong', 'stopped')), ('fault', ''), _connector='XOR'), name='books_check_fault_is_said')],
            },
        ),
        migrations.RunSQL(CHAIN, NO_CHAIN),
        migrations.RunSQL(CHECKS, NO_CHECKS),
    ]
