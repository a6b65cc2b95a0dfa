"""Schedules, and a row for each moment at which one has run."""

import apps.reports.schedule
import django.contrib.postgres.fields
import django.db.models.deletion
import django.db.models.functions.datetime
import simple_history.models
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ("reports", "0008_preferences"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='HistoricalReportSchedule',
            fields=[
                ('id', models.BigIntegerField(auto_created=True, blank=True, db_index=True, verbose_name='ID')),
                ('name', models.CharField(max_length=120, verbose_name='name')),
                ('report', models.CharField(max_length=60, verbose_name='report')),
                ('parameters', models.JSONField(default=dict, verbose_name='parameters')),
                ('formats', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=4), size=None, verbose_name='formats')),
                ('options', models.JSONField(blank=True, default=dict, verbose_name='options')),
                ('cron', models.CharField(help_text='minute, hour, day of the month, month, day of the week', max_length=100, verbose_name='when')),
                ('attached', models.CharField(blank=True, default='', help_text='nothing unless a format is chosen; the link is always there', max_length=4, verbose_name='attached to the e-mail')),
                ('is_active', models.BooleanField(default=True, verbose_name='active')),
                ('pause_reason', models.TextField(blank=True, verbose_name='why paused')),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False, verbose_name='created at')),
                ('history_change_reason', models.TextField(null=True)),
                ('history_id', models.AutoField(primary_key=True, serialize=False)),
                ('history_date', models.DateTimeField()),
                ('history_type', models.CharField(choices=[('+', 'Created'), ('~', 'Changed'), ('-', 'Deleted')], max_length=1)),
            ],
            options={
                'verbose_name': 'historical schedule',
                'verbose_name_plural': 'historical schedules',
                'db_table': 'report_schedules_history',
                'ordering': ('-history_date', '-history_id'),
                'get_latest_by': ('history_date', 'history_id'),
            },
            bases=(simple_history.models.HistoricalChanges, models.Model),
        ),
        migrations.CreateModel(
            name='ReportFireRecipient',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
            ],
            options={
                'verbose_name': 'recipient of a run',
                'verbose_name_plural': 'recipients of a run',
                'db_table': 'report_fire_recipients',
                'default_permissions': (),
            },
        ),
        migrations.CreateModel(
            name='ReportSchedule',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(max_length=120, verbose_name='name')),
                ('report', models.CharField(max_length=60, verbose_name='report')),
                ('parameters', models.JSONField(default=dict, verbose_name='parameters')),
                ('formats', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=4), size=None, verbose_name='formats')),
                ('options', models.JSONField(blank=True, default=dict, verbose_name='options')),
                ('cron', models.CharField(help_text='minute, hour, day of the month, month, day of the week', max_length=100, verbose_name='when')),
                ('attached', models.CharField(blank=True, default='', help_text='nothing unless a format is chosen; the link is always there', max_length=4, verbose_name='attached to the e-mail')),
                ('is_active', models.BooleanField(default=True, verbose_name='active')),
                ('pause_reason', models.TextField(blank=True, verbose_name='why paused')),
                ('next_at', models.DateTimeField(blank=True, null=True, verbose_name='next run')),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False, verbose_name='created at')),
            ],
            options={
                'verbose_name': 'schedule',
                'verbose_name_plural': 'schedules',
                'db_table': 'report_schedules',
                'ordering': ('name', 'pk'),
                'permissions': (('schedule_report', 'Can schedule reports'), ('attach_report', 'Can have reports attached to e-mails'), ('stop_schedule', 'Can pause everybody’s schedules')),
                'default_permissions': ('view',),
            },
        ),
        migrations.CreateModel(
            name='ReportScheduleFire',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('due_at', models.DateTimeField(verbose_name='due at')),
                ('is_by_hand', models.BooleanField(default=False, verbose_name='run now')),
                ('attached', models.CharField(blank=True, default='', max_length=4, verbose_name='attached')),
                ('missed_count', models.PositiveIntegerField(default=0, verbose_name='missed moments')),
                ('fired_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False, verbose_name='fired at')),
            ],
            options={
                'verbose_name': 'scheduled run',
                'verbose_name_plural': 'scheduled runs',
                'db_table': 'report_schedule_fires',
                'ordering': ('-due_at', '-pk'),
                'default_permissions': (),
            },
        ),
        migrations.CreateModel(
            name='ReportScheduleRecipient',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
            ],
            options={
                'verbose_name': 'recipient',
                'verbose_name_plural': 'recipients',
                'db_table': 'report_schedule_recipients',
                'default_permissions': (),
            },
        ),
        migrations.AddField(
            model_name='historicalreportschedule',
            name='history_user',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='historicalreportschedule',
            name='owner',
            field=models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='owner'),
        ),
        migrations.AddField(
            model_name='reportfirerecipient',
            name='person',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='reportschedule',
            name='owner',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='report_schedules', to=settings.AUTH_USER_MODEL, verbose_name='owner'),
        ),
        migrations.AddField(
            model_name='reportschedulefire',
            name='recipients',
            field=models.ManyToManyField(related_name='+', through='reports.ReportFireRecipient', to=settings.AUTH_USER_MODEL, verbose_name='recipients'),
        ),
        migrations.AddField(
            model_name='reportschedulefire',
            name='run',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='fires', to='reports.reportrun'),
        ),
        migrations.AddField(
            model_name='reportschedulefire',
            name='schedule',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='fires', to='reports.reportschedule'),
        ),
        migrations.AddField(
            model_name='reportfirerecipient',
            name='fire',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='addressed', to='reports.reportschedulefire'),
        ),
        migrations.AddField(
            model_name='reportschedulerecipient',
            name='person',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='reportschedulerecipient',
            name='schedule',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='addressed', to='reports.reportschedule'),
        ),
        migrations.AddField(
            model_name='reportschedule',
            name='recipients',
            field=models.ManyToManyField(related_name='+', through='reports.ReportScheduleRecipient', to=settings.AUTH_USER_MODEL, verbose_name='recipients'),
        ),
        migrations.AddIndex(
            model_name='historicalreportschedule',
            index=models.Index(fields=['history_date', 'id'], name='report_sche_history_d37202_idx'),
        ),
        migrations.AddConstraint(
            model_name='reportschedulefire',
            constraint=models.UniqueConstraint(fields=('schedule', 'due_at'), name='report_schedule_fires_once'),
        ),
        migrations.AddConstraint(
            model_name='reportfirerecipient',
            constraint=models.UniqueConstraint(fields=('fire', 'person'), name='report_fire_recipient_once'),
        ),
        migrations.AddConstraint(
            model_name='reportschedulerecipient',
            constraint=models.UniqueConstraint(fields=('schedule', 'person'), name='report_schedule_recipient_once'),
        ),
        migrations.AddIndex(
            model_name='reportschedule',
            index=models.Index(condition=models.Q(('is_active', True)), fields=['next_at'], name='report_schedule_due'),
        ),
        migrations.AddConstraint(
            model_name='reportschedule',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('is_active', True), ('next_at__isnull', False), ('pause_reason', '')), models.Q(('is_active', False), ('next_at__isnull', True), models.Q(('pause_reason', ''), _negated=True)), _connector='OR'), name='report_schedule_paused_says_why'),
        ),
        migrations.AddConstraint(
            model_name='reportschedule',
            constraint=models.CheckConstraint(condition=models.Q(('formats__len__gt', 0)), name='report_schedule_has_format'),
        ),
        migrations.AddConstraint(
            model_name='reportschedule',
            constraint=models.CheckConstraint(condition=models.Q(('attached', ''), apps.reports.schedule.IsOneOf(models.F('attached'), models.F('formats')), _connector='OR'), name='report_schedule_attaches_what_it_makes'),
        ),
        migrations.AddConstraint(
            model_name='reportschedule',
            constraint=models.CheckConstraint(condition=models.Q(('name', ''), _negated=True), name='report_schedule_has_name'),
        ),
    ]
