"""The waiting list: who waits for what, and what was offered; nobody who has gone comes back."""

import datetime
import django.db.models.deletion
import simple_history.models
from django.conf import settings
from django.db import migrations, models

STAY = """
CREATE TRIGGER waiting_entries_stay BEFORE DELETE ON waiting_entries FOR EACH ROW
    EXECUTE FUNCTION ticket_refuses('waiting_entries_stay', 'a place on the waiting list is never deleted');
CREATE TRIGGER waiting_entries_ended_stay BEFORE UPDATE ON waiting_entries FOR EACH ROW
    WHEN (OLD.ended_at IS NOT NULL)
    EXECUTE FUNCTION ticket_refuses('waiting_entries_ended_stay', 'a place that has ended is not changed');
CREATE TRIGGER waiting_entries_place_stays BEFORE UPDATE ON waiting_entries FOR EACH ROW
    WHEN ((OLD.person_id, OLD.asset_id, OLD.category_id, OLD.created_at)
          IS DISTINCT FROM (NEW.person_id, NEW.asset_id, NEW.category_id, NEW.created_at))
    EXECUTE FUNCTION ticket_refuses('waiting_entries_place_stays', 'a place in the line belongs to one person');
"""

MAY_GO = """
DROP TRIGGER waiting_entries_place_stays ON waiting_entries;
DROP TRIGGER waiting_entries_ended_stay ON waiting_entries;
DROP TRIGGER waiting_entries_stay ON waiting_entries;
"""


class Migration(migrations.Migration):

    dependencies = [
        ("assets", "0009_maintenance_plans"),
        ("tickets", "0009_extensions"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='HistoricalWaitingEntry',
            fields=[
                ('id', models.BigIntegerField(auto_created=True, blank=True, db_index=True, verbose_name='ID')),
                ('starts_at', models.DateTimeField(blank=True, help_text='empty: as soon as it is free', null=True, verbose_name='from')),
                ('length', models.DurationField(verbose_name='for how long')),
                ('purpose', models.CharField(max_length=254, verbose_name='purpose')),
                ('status', models.CharField(choices=[('waiting', 'waiting'), ('offered', 'offered'), ('taken', 'taken'), ('declined', 'declined'), ('lapsed', 'lapsed'), ('cancelled', 'cancelled')], default='waiting', max_length=10, verbose_name='status')),
                ('created_at', models.DateTimeField(verbose_name='waits since')),
                ('offered_at', models.DateTimeField(blank=True, null=True, verbose_name='offered at')),
                ('expires_at', models.DateTimeField(blank=True, null=True, verbose_name='offer ends')),
                ('ended_at', models.DateTimeField(blank=True, null=True, verbose_name='ended at')),
                ('history_id', models.AutoField(primary_key=True, serialize=False)),
                ('history_date', models.DateTimeField()),
                ('history_change_reason', models.CharField(max_length=100, null=True)),
                ('history_type', models.CharField(choices=[('+', 'Created'), ('~', 'Changed'), ('-', 'Deleted')], max_length=1)),
                ('asset', models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='assets.asset', verbose_name='asset')),
                ('category', models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='assets.category', verbose_name='category')),
                ('entered_by', models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='entered by')),
                ('history_user', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('offered_asset', models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='assets.asset', verbose_name='offered asset')),
                ('person', models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='person')),
                ('reservation', models.ForeignKey(blank=True, db_constraint=False, help_text='keeps the offered time free until the offer ends', null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='assets.reservation', verbose_name='reservation')),
                ('ticket', models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='tickets.ticket', verbose_name='ticket')),
            ],
            options={
                'verbose_name': 'historical place on the waiting list',
                'verbose_name_plural': 'historical places on the waiting list',
                'db_table': 'waiting_entries_history',
                'ordering': ('-history_date', '-history_id'),
                'get_latest_by': ('history_date', 'history_id'),
                'indexes': [models.Index(fields=['history_date', 'id'], name='waiting_ent_history_ccb2b9_idx')],
            },
            bases=(simple_history.models.HistoricalChanges, models.Model),
        ),
        migrations.CreateModel(
            name='WaitingEntry',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('starts_at', models.DateTimeField(blank=True, help_text='empty: as soon as it is free', null=True, verbose_name='from')),
                ('length', models.DurationField(verbose_name='for how long')),
                ('purpose', models.CharField(max_length=254, verbose_name='purpose')),
                ('status', models.CharField(choices=[('waiting', 'waiting'), ('offered', 'offered'), ('taken', 'taken'), ('declined', 'declined'), ('lapsed', 'lapsed'), ('cancelled', 'cancelled')], default='waiting', max_length=10, verbose_name='status')),
                ('created_at', models.DateTimeField(verbose_name='waits since')),
                ('offered_at', models.DateTimeField(blank=True, null=True, verbose_name='offered at')),
                ('expires_at', models.DateTimeField(blank=True, null=True, verbose_name='offer ends')),
                ('ended_at', models.DateTimeField(blank=True, null=True, verbose_name='ended at')),
                ('asset', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='waiting_entries', to='assets.asset', verbose_name='asset')),
                ('category', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='waiting_entries', to='assets.category', verbose_name='category')),
                ('entered_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='entered by')),
                ('offered_asset', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='assets.asset', verbose_name='offered asset')),
                ('person', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='waiting_entries', to=settings.AUTH_USER_MODEL, verbose_name='person')),
                ('reservation', models.OneToOneField(blank=True, help_text='keeps the offered time free until the offer ends', null=True, on_delete=django.db.models.deletion.PROTECT, related_name='waiting_entry', to='assets.reservation', verbose_name='reservation')),
                ('ticket', models.OneToOneField(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='waiting_entry', to='tickets.ticket', verbose_name='ticket')),
            ],
            options={
                'verbose_name': 'place on the waiting list',
                'verbose_name_plural': 'places on the waiting list',
                'db_table': 'waiting_entries',
                'ordering': ('pk',),
                'permissions': (('manage_waitingentry', 'Can add, answer and end for everybody who waits'),),
                'default_permissions': ('view',),
                'indexes': [models.Index(condition=models.Q(('status', 'waiting')), fields=['id'], name='waiting_entry_in_order')],
                'constraints': [models.CheckConstraint(condition=models.Q(('status__in', ['waiting', 'offered', 'taken', 'declined', 'lapsed', 'cancelled'])), name='waiting_entry_has_status'), models.CheckConstraint(condition=models.Q(models.Q(('asset__isnull', True), ('category__isnull', False)), models.Q(('asset__isnull', False), ('category__isnull', True)), _connector='OR'), name='waiting_entry_of_asset_or_category'), models.CheckConstraint(condition=models.Q(('length__gt', datetime.timedelta(0))), name='waiting_entry_takes_time'), models.CheckConstraint(condition=models.Q(models.Q(('status__in', ('offered', 'taken', 'declined')), _negated=True), models.Q(('expires_at__isnull', False), ('offered_asset__isnull', False), ('offered_at__isnull', False), ('reservation__isnull', False)), _connector='OR'), name='waiting_entry_offer_is_whole'), models.CheckConstraint(condition=models.Q(models.Q(('status', 'taken'), ('ticket__isnull', False)), models.Q(models.Q(('status', 'taken'), _negated=True), ('ticket__isnull', True)), _connector='OR'), name='waiting_entry_taken_has_ticket'), models.CheckConstraint(condition=models.Q(models.Q(('ended_at__isnull', True), ('status__in', ('waiting', 'offered'))), models.Q(models.Q(('status__in', ('waiting', 'offered')), _negated=True), ('ended_at__isnull', False)), _connector='OR'), name='waiting_entry_ended_has_moment'), models.UniqueConstraint(condition=models.Q(('asset__isnull', False), ('status__in', ('waiting', 'offered'))), fields=('person', 'asset'), name='waiting_entry_once_for_asset'), models.UniqueConstraint(condition=models.Q(('category__isnull', False), ('status__in', ('waiting', 'offered'))), fields=('person', 'category'), name='waiting_entry_once_for_category')],
            },
        ),
        migrations.RunSQL(STAY, MAY_GO),
    ]
