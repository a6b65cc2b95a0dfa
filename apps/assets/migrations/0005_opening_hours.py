"""Keep the hours of a week and the days that differ; the database refuses two that overlap."""

import datetime
import django.db.models.deletion
import simple_history.models
from django.conf import settings
from django.db import migrations, models


_HOURS_DO_NOT_OVERLAP = """
ALTER TABLE opening_hours ADD CONSTRAINT opening_hours_do_not_overlap EXCLUDE USING gist (
    int4range(weekday, weekday, '[]') WITH &&,
    int4range(
        extract(epoch FROM opens_at)::integer,
        CASE closes_at WHEN '00:00' THEN 86400 ELSE extract(epoch FROM closes_at)::integer END
    ) WITH &&
)
"""
_DAYS_DO_NOT_OVERLAP = """
ALTER TABLE special_days ADD CONSTRAINT special_days_do_not_overlap EXCLUDE USING gist (
    daterange(first_on, last_on, '[]') WITH &&
)
"""


class Migration(migrations.Migration):

    dependencies = [
        ('assets', '0004_status_in_history'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='HistoricalOpeningHours',
            fields=[
                ('id', models.BigIntegerField(auto_created=True, blank=True, db_index=True, verbose_name='ID')),
                ('weekday', models.PositiveSmallIntegerField(choices=[(0, 'Monday'), (1, 'Tuesday'), (2, 'Wednesday'), (3, 'Thursday'), (4, 'Friday'), (5, 'Saturday'), (6, 'Sunday')], verbose_name='weekday')),
                ('opens_at', models.TimeField(verbose_name='opens')),
                ('closes_at', models.TimeField(help_text='0:00 is the midnight that ends the day', verbose_name='closes')),
                ('history_id', models.AutoField(primary_key=True, serialize=False)),
                ('history_date', models.DateTimeField()),
                ('history_change_reason', models.CharField(max_length=100, null=True)),
                ('history_type', models.CharField(choices=[('+', 'Created'), ('~', 'Changed'), ('-', 'Deleted')], max_length=1)),
            ],
            options={
                'verbose_name': 'historical opening hours',
                'verbose_name_plural': 'historical opening hours',
                'db_table': 'opening_hours_history',
                'ordering': ('-history_date', '-history_id'),
                'get_latest_by': ('history_date', 'history_id'),
            },
            bases=(simple_history.models.HistoricalChanges, models.Model),
        ),
        migrations.CreateModel(
            name='HistoricalSpecialDays',
            fields=[
                ('id', models.BigIntegerField(auto_created=True, blank=True, db_index=True, verbose_name='ID')),
                ('first_on', models.DateField(verbose_name='first day')),
                ('last_on', models.DateField(verbose_name='last day')),
                ('opens_at', models.TimeField(blank=True, help_text='empty: closed', null=True, verbose_name='opens')),
                ('closes_at', models.TimeField(blank=True, help_text='empty: closed', null=True, verbose_name='closes')),
                ('reason', models.CharField(help_text='such as New Year’s Day', max_length=120, verbose_name='reason')),
                ('history_id', models.AutoField(primary_key=True, serialize=False)),
                ('history_date', models.DateTimeField()),
                ('history_change_reason', models.CharField(max_length=100, null=True)),
                ('history_type', models.CharField(choices=[('+', 'Created'), ('~', 'Changed'), ('-', 'Deleted')], max_length=1)),
            ],
            options={
                'verbose_name': 'historical special days',
                'verbose_name_plural': 'historical special days',
                'db_table': 'special_days_history',
                'ordering': ('-history_date', '-history_id'),
                'get_latest_by': ('history_date', 'history_id'),
            },
            bases=(simple_history.models.HistoricalChanges, models.Model),
        ),
        migrations.CreateModel(
            name='OpeningHours',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('weekday', models.PositiveSmallIntegerField(choices=[(0, 'Monday'), (1, 'Tuesday'), (2, 'Wednesday'), (3, 'Thursday'), (4, 'Friday'), (5, 'Saturday'), (6, 'Sunday')], verbose_name='weekday')),
                ('opens_at', models.TimeField(verbose_name='opens')),
                ('closes_at', models.TimeField(help_text='0:00 is the midnight that ends the day', verbose_name='closes')),
            ],
            options={
                'verbose_name': 'opening hours',
                'verbose_name_plural': 'opening hours',
                'db_table': 'opening_hours',
                'ordering': ('weekday', 'opens_at'),
                'default_permissions': ('add', 'change', 'delete', 'view'),
            },
        ),
        migrations.CreateModel(
            name='SpecialDays',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('first_on', models.DateField(verbose_name='first day')),
                ('last_on', models.DateField(verbose_name='last day')),
                ('opens_at', models.TimeField(blank=True, help_text='empty: closed', null=True, verbose_name='opens')),
                ('closes_at', models.TimeField(blank=True, help_text='empty: closed', null=True, verbose_name='closes')),
                ('reason', models.CharField(help_text='such as New Year’s Day', max_length=120, verbose_name='reason')),
            ],
            options={
                'verbose_name': 'special days',
                'verbose_name_plural': 'special days',
                'db_table': 'special_days',
                'ordering': ('first_on',),
                'default_permissions': ('add', 'change', 'delete', 'view'),
            },
        ),
        migrations.AddField(
            model_name='historicalopeninghours',
            name='history_user',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='historicalspecialdays',
            name='history_user',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddConstraint(
            model_name='openinghours',
            constraint=models.CheckConstraint(condition=models.Q(('weekday__in', [0, 1, 2, 3, 4, 5, 6])), name='opening_hours_have_weekday'),
        ),
        migrations.AddConstraint(
            model_name='openinghours',
            constraint=models.CheckConstraint(condition=models.Q(('closes_at__gt', models.F('opens_at')), ('closes_at', datetime.time(0, 0)), _connector='OR'), name='opening_hours_run_forward', violation_error_message='It must close after it opens, on the same day. Enter a night in two parts: until 0:00, and from 0:00 on the next day.'),
        ),
        migrations.AddConstraint(
            model_name='specialdays',
            constraint=models.CheckConstraint(condition=models.Q(('last_on__gte', models.F('first_on'))), name='special_days_run_forward', violation_error_message='The last day may not lie before the first.'),
        ),
        migrations.AddConstraint(
            model_name='specialdays',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('closes_at__isnull', True), ('opens_at__isnull', True)), models.Q(('closes_at__isnull', False), ('opens_at__isnull', False), models.Q(('closes_at__gt', models.F('opens_at')), ('closes_at', datetime.time(0, 0)), _connector='OR')), _connector='OR'), name='special_days_are_open_or_closed', violation_error_message='Give both times, the earlier first, or none when it is closed.'),
        ),
        migrations.AddConstraint(
            model_name='specialdays',
            constraint=models.CheckConstraint(condition=models.Q(('reason', ''), _negated=True), name='special_days_have_reason'),
        ),
        migrations.AddIndex(
            model_name='historicalopeninghours',
            index=models.Index(fields=['history_date', 'id'], name='opening_hou_history_6dcbd2_idx'),
        ),
        migrations.AddIndex(
            model_name='historicalspecialdays',
            index=models.Index(fields=['history_date', 'id'], name='special_day_history_8c2844_idx'),
        ),
        migrations.RunSQL(
            _HOURS_DO_NOT_OVERLAP,
            "ALTER TABLE opening_hours DROP CONSTRAINT opening_hours_do_not_overlap",
        ),
        migrations.RunSQL(
            _DAYS_DO_NOT_OVERLAP,
            "ALTER TABLE special_days DROP CONSTRAINT special_days_do_not_overlap",
        ),
    ]
