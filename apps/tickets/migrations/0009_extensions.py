"""Extensions: the wish to keep longer what is out; what was asked and how it ended stays."""

import django.db.models.deletion
import django.db.models.functions.datetime
import simple_history.models
from django.conf import settings
from django.db import migrations, models

STAY = """
CREATE TRIGGER ticket_extensions_stay BEFORE DELETE ON ticket_extensions FOR EACH ROW
    EXECUTE FUNCTION ticket_refuses('ticket_extensions_stay', 'an extension is never deleted');
CREATE TRIGGER ticket_extensions_ended_stay BEFORE UPDATE ON ticket_extensions FOR EACH ROW
    WHEN (OLD.status <> 'requested')
    EXECUTE FUNCTION ticket_refuses('ticket_extensions_ended_stay', 'an extension that has ended is not changed');
CREATE TRIGGER ticket_extensions_asked_stay BEFORE UPDATE ON ticket_extensions FOR EACH ROW
    WHEN ((OLD.ticket_id, OLD.ends_at, OLD.reason, OLD.requested_by_id, OLD.requested_at)
          IS DISTINCT FROM (NEW.ticket_id, NEW.ends_at, NEW.reason, NEW.requested_by_id, NEW.requested_at))
    EXECUTE FUNCTION ticket_refuses('ticket_extensions_asked_stay', 'what was asked for is not changed; withdraw it and ask anew');
CREATE TRIGGER ticket_extension_lines_stay BEFORE DELETE ON ticket_extension_lines FOR EACH ROW
    EXECUTE FUNCTION ticket_refuses('ticket_extension_lines_stay', 'a line of an extension is never deleted');
CREATE TRIGGER ticket_extension_lines_price_stays BEFORE UPDATE ON ticket_extension_lines FOR EACH ROW
    WHEN ((OLD.extension_id, OLD.line_id, OLD.was_due_at, OLD.fee, OLD.commission, OLD.late_fee, OLD.hold_id)
          IS DISTINCT FROM (NEW.extension_id, NEW.line_id, NEW.was_due_at, NEW.fee, NEW.commission, NEW.late_fee, NEW.hold_id))
    EXECUTE FUNCTION ticket_refuses('ticket_extension_lines_price_stays', 'the price of an extension is fixed when it is asked for');
"""

MAY_GO = """
DROP TRIGGER ticket_extension_lines_price_stays ON ticket_extension_lines;
DROP TRIGGER ticket_extension_lines_stay ON ticket_extension_lines;
DROP TRIGGER ticket_extensions_asked_stay ON ticket_extensions;
DROP TRIGGER ticket_extensions_ended_stay ON ticket_extensions;
DROP TRIGGER ticket_extensions_stay ON ticket_extensions;
"""


class Migration(migrations.Migration):

    dependencies = [
        ("tickets", "0008_kit_lines_and_repricing"),
        ('wallets', '0013_ledger_seals'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='Extension',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('ends_at', models.DateTimeField(help_text='when it would be due back', verbose_name='until')),
                ('reason', models.TextField(verbose_name='reason')),
                ('status', models.CharField(choices=[('requested', 'requested'), ('approved', 'approved'), ('rejected', 'rejected'), ('withdrawn', 'withdrawn'), ('expired', 'expired')], default='requested', max_length=10, verbose_name='status')),
                ('requested_at', models.DateTimeField(verbose_name='requested at')),
                ('concluded_at', models.DateTimeField(blank=True, null=True, verbose_name='ended at')),
                ('ending_reason', models.TextField(blank=True, help_text='of a rejection, withdrawal or expiry', verbose_name='why it ended')),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False, verbose_name='created at')),
                ('requested_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='requested by')),
                ('ticket', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='extensions', to='tickets.ticket', verbose_name='ticket')),
            ],
            options={
                'verbose_name': 'extension',
                'verbose_name_plural': 'extensions',
                'db_table': 'ticket_extensions',
                'ordering': ('-id',),
                'permissions': (('request_extension', 'Can request extensions, also for others'),),
                'default_permissions': ('view',),
            },
        ),
        migrations.CreateModel(
            name='ExtensionLine',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('was_due_at', models.DateTimeField(verbose_name='was due back')),
                ('fee', models.BigIntegerField(help_text='what the longer period costs more', verbose_name='fee')),
                ('commission', models.BigIntegerField(verbose_name='commission')),
                ('late_fee', models.BigIntegerField(help_text='what lateness had cost when it was asked for; it stays', verbose_name='late fee')),
                ('arithmetic', models.JSONField(default=list, verbose_name='arithmetic')),
                ('dropped_at', models.DateTimeField(blank=True, help_text='it came back before the decision', null=True, verbose_name='fell away at')),
                ('extension', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='lines', to='tickets.extension')),
                ('hold', models.OneToOneField(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='extension_line', to='wallets.hold')),
                ('line', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='extensions', to='tickets.ticketline')),
            ],
            options={
                'verbose_name': 'line of an extension',
                'verbose_name_plural': 'lines of extensions',
                'db_table': 'ticket_extension_lines',
                'ordering': ('pk',),
                'default_permissions': (),
            },
        ),
        migrations.CreateModel(
            name='HistoricalExtension',
            fields=[
                ('id', models.BigIntegerField(auto_created=True, blank=True, db_index=True, verbose_name='ID')),
                ('ends_at', models.DateTimeField(help_text='when it would be due back', verbose_name='until')),
                ('reason', models.TextField(verbose_name='reason')),
                ('status', models.CharField(choices=[('requested', 'requested'), ('approved', 'approved'), ('rejected', 'rejected'), ('withdrawn', 'withdrawn'), ('expired', 'expired')], default='requested', max_length=10, verbose_name='status')),
                ('requested_at', models.DateTimeField(verbose_name='requested at')),
                ('concluded_at', models.DateTimeField(blank=True, null=True, verbose_name='ended at')),
                ('ending_reason', models.TextField(blank=True, help_text='of a rejection, withdrawal or expiry', verbose_name='why it ended')),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False, verbose_name='created at')),
                ('history_id', models.AutoField(primary_key=True, serialize=False)),
                ('history_date', models.DateTimeField()),
                ('history_change_reason', models.CharField(max_length=100, null=True)),
                ('history_type', models.CharField(choices=[('+', 'Created'), ('~', 'Changed'), ('-', 'Deleted')], max_length=1)),
                ('history_user', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('requested_by', models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='requested by')),
                ('ticket', models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='tickets.ticket', verbose_name='ticket')),
            ],
            options={
                'verbose_name': 'historical extension',
                'verbose_name_plural': 'historical extensions',
                'db_table': 'ticket_extensions_history',
                'ordering': ('-history_date', '-history_id'),
                'get_latest_by': ('history_date', 'history_id'),
            },
            bases=(simple_history.models.HistoricalChanges, models.Model),
        ),
        migrations.CreateModel(
            name='HistoricalExtensionLine',
            fields=[
                ('id', models.BigIntegerField(auto_created=True, blank=True, db_index=True, verbose_name='ID')),
                ('was_due_at', models.DateTimeField(verbose_name='was due back')),
                ('fee', models.BigIntegerField(help_text='what the longer period costs more', verbose_name='fee')),
                ('commission', models.BigIntegerField(verbose_name='commission')),
                ('late_fee', models.BigIntegerField(help_text='what lateness had cost when it was asked for; it stays', verbose_name='late fee')),
                ('arithmetic', models.JSONField(default=list, verbose_name='arithmetic')),
                ('dropped_at', models.DateTimeField(blank=True, help_text='it came back before the decision', null=True, verbose_name='fell away at')),
                ('history_id', models.AutoField(primary_key=True, serialize=False)),
                ('history_date', models.DateTimeField()),
                ('history_change_reason', models.CharField(max_length=100, null=True)),
                ('history_type', models.CharField(choices=[('+', 'Created'), ('~', 'Changed'), ('-', 'Deleted')], max_length=1)),
                ('extension', models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='tickets.extension')),
                ('history_user', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('hold', models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='wallets.hold')),
                ('line', models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='tickets.ticketline')),
            ],
            options={
                'verbose_name': 'historical line of an extension',
                'verbose_name_plural': 'historical lines of extensions',
                'db_table': 'ticket_extension_lines_history',
                'ordering': ('-history_date', '-history_id'),
                'get_latest_by': ('history_date', 'history_id'),
            },
            bases=(simple_history.models.HistoricalChanges, models.Model),
        ),
        migrations.AddConstraint(
            model_name='extension',
            constraint=models.CheckConstraint(condition=models.Q(('status__in', ['requested', 'approved', 'rejected', 'withdrawn', 'expired'])), name='extension_has_status'),
        ),
        migrations.AddConstraint(
            model_name='extension',
            constraint=models.CheckConstraint(condition=models.Q(('reason', ''), _negated=True), name='extension_has_reason'),
        ),
        migrations.AddConstraint(
            model_name='extension',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('concluded_at__isnull', True), ('status', 'requested')), models.Q(models.Q(('status', 'requested'), _negated=True), ('concluded_at__isnull', False)), _connector='OR'), name='extension_ended_has_moment'),
        ),
        migrations.AddConstraint(
            model_name='extension',
            constraint=models.CheckConstraint(condition=models.Q(('status__in', ('requested', 'approved')), models.Q(('ending_reason', ''), _negated=True), _connector='OR'), name='extension_refusal_has_reason'),
        ),
        migrations.AddConstraint(
            model_name='extension',
            constraint=models.UniqueConstraint(condition=models.Q(('status', 'requested')), fields=('ticket',), name='extension_one_open_each'),
        ),
        migrations.AddConstraint(
            model_name='extensionline',
            constraint=models.UniqueConstraint(fields=('extension', 'line'), name='extension_line_is_unique'),
        ),
        migrations.AddConstraint(
            model_name='extensionline',
            constraint=models.CheckConstraint(condition=models.Q(('fee__gte', 0), ('late_fee__gte', 0), ('commission__gte', 0), ('commission__lte', models.F('fee'))), name='extension_line_amounts_are_positive'),
        ),
        migrations.AddConstraint(
            model_name='extensionline',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('fee', 0), ('hold__isnull', True)), models.Q(('fee__gt', 0), ('hold__isnull', False)), _connector='OR'), name='extension_line_fee_has_hold'),
        ),
        migrations.AddIndex(
            model_name='historicalextension',
            index=models.Index(fields=['history_date', 'id'], name='ticket_exte_history_001fc5_idx'),
        ),
        migrations.AddIndex(
            model_name='historicalextensionline',
            index=models.Index(fields=['history_date', 'id'], name='ticket_exte_history_34fd7a_idx'),
        ),
        migrations.RunSQL(STAY, MAY_GO),
    ]
