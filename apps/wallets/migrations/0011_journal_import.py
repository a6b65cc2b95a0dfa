"""Journals that come in as files, and general accounts that they open."""

import django.db.models.deletion
import django.db.models.functions.datetime
from django.conf import settings
from django.db import migrations, models


RULES = """
CREATE TRIGGER journal_imports_are_kept BEFORE DELETE OR TRUNCATE ON journal_imports
    EXECUTE FUNCTION ledger_refuses('journal_imports_are_kept', 'discard the import instead');
CREATE TRIGGER journal_import_ended_stays AFTER UPDATE ON journal_imports FOR EACH ROW
    WHEN (OLD.status IN ('done', 'discarded'))
    EXECUTE FUNCTION ledger_refuses('journal_import_ended_stays',
        'what was imported or discarded stays as it was');
"""

NO_RULES = """
DROP TRIGGER journal_import_ended_stays ON journal_imports;
DROP TRIGGER journal_imports_are_kept ON journal_imports;
"""


class Migration(migrations.Migration):

    dependencies = [
        ('wallets', '0010_exchange'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.RunSQL(
            "CREATE SEQUENCE general_account_numbers", "DROP SEQUENCE general_account_numbers"
        ),
        migrations.CreateModel(
            name='JournalImport',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('file_name', models.CharField(max_length=254, verbose_name='file')),
                ('sha256', models.CharField(help_text='of the file', max_length=64, verbose_name='SHA-256')),
                ('digest', models.CharField(help_text='of what the file says, whatever its separators, line ends and order of rows', max_length=64, verbose_name='digest')),
                ('content', models.BinaryField(help_text='the file, compressed; empty when discarded')),
                ('summary', models.JSONField(help_text='counts, days, totals, and what is posted on each account', verbose_name='summary')),
                ('mapping', models.JSONField(default=list, help_text='which account of ours each of its accounts is', verbose_name='mapping')),
                ('result', models.JSONField(default=dict, help_text='what was posted', verbose_name='result')),
                ('status', models.CharField(choices=[('uploaded', 'accounts to map'), ('mapped', 'to confirm'), ('queued', 'being imported'), ('done', 'imported'), ('refused', 'refused'), ('discarded', 'discarded')], default='uploaded', max_length=9, verbose_name='status')),
                ('refusal', models.TextField(blank=True, verbose_name='why it was refused')),
                ('attempt_count', models.PositiveSmallIntegerField(default=0)),
                ('uploaded_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False, verbose_name='uploaded at')),
                ('confirmed_at', models.DateTimeField(blank=True, null=True, verbose_name='confirmed at')),
                ('finished_at', models.DateTimeField(blank=True, null=True, verbose_name='finished at')),
            ],
            options={
                'verbose_name': 'journal import',
                'verbose_name_plural': 'journal imports',
                'db_table': 'journal_imports',
                'ordering': ('-id',),
                'permissions': (('import_journal', 'Can import journals'), ('export_journal', 'Can export the journal')),
                'default_permissions': ('view',),
            },
        ),
        migrations.AlterModelOptions(
            name='wallet',
            options={'default_permissions': ('view',), 'ordering': ('number',), 'permissions': (('open_wallet', 'Can open wallets'), ('freeze_wallet', 'Can freeze, unfreeze and close wallets'), ('open_general_account', 'Can open general accounts')), 'verbose_name': 'wallet', 'verbose_name_plural': 'wallets'},
        ),
        migrations.AddConstraint(
            model_name='wallet',
            constraint=models.UniqueConstraint(condition=models.Q(('role', 'general')), fields=('currency', 'title'), name='wallet_title_is_unique', violation_error_message='There is a general account with this title already.'),
        ),
        migrations.AddField(
            model_name='journalimport',
            name='confirmed_by',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='confirmed by'),
        ),
        migrations.AddField(
            model_name='journalimport',
            name='uploaded_by',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='uploaded by'),
        ),
        migrations.AddConstraint(
            model_name='journalimport',
            constraint=models.CheckConstraint(condition=models.Q(('status__in', ['uploaded', 'mapped', 'queued', 'done', 'refused', 'discarded'])), name='journal_import_has_status'),
        ),
        migrations.AddConstraint(
            model_name='journalimport',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('status__in', ('queued', 'done')), _negated=True), models.Q(('confirmed_at__isnull', False), ('confirmed_by__isnull', False)), _connector='OR'), name='journal_import_is_confirmed'),
        ),
        migrations.AddConstraint(
            model_name='journalimport',
            constraint=models.UniqueConstraint(condition=models.Q(('status__in', ('queued', 'done'))), fields=('digest',), name='journal_import_goes_in_once'),
        ),
        migrations.RunSQL(RULES, NO_RULES),
    ]
