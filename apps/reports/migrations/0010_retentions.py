"""How long the files of reports stay, by role."""

import django.core.validators
import django.db.models.deletion
import simple_history.models
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('auth', '0012_alter_user_first_name_max_length'),
        ("reports", "0009_schedules"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='HistoricalReportRetention',
            fields=[
                ('id', models.BigIntegerField(auto_created=True, blank=True, db_index=True, verbose_name='ID')),
                ('days', models.PositiveSmallIntegerField(help_text='1 to 3650', validators=[django.core.validators.MinValueValidator(1), django.core.validators.MaxValueValidator(3650)], verbose_name='days')),
                ('history_id', models.AutoField(primary_key=True, serialize=False)),
                ('history_date', models.DateTimeField()),
                ('history_change_reason', models.CharField(max_length=100, null=True)),
                ('history_type', models.CharField(choices=[('+', 'Created'), ('~', 'Changed'), ('-', 'Deleted')], max_length=1)),
            ],
            options={
                'verbose_name': 'historical retention',
                'verbose_name_plural': 'historical retentions',
                'db_table': 'report_retentions_history',
                'ordering': ('-history_date', '-history_id'),
                'get_latest_by': ('history_date', 'history_id'),
            },
            bases=(simple_history.models.HistoricalChanges, models.Model),
        ),
        migrations.CreateModel(
            name='ReportRetention',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('days', models.PositiveSmallIntegerField(help_text='1 to 3650', validators=[django.core.validators.MinValueValidator(1), django.core.validators.MaxValueValidator(3650)], verbose_name='days')),
            ],
            options={
                'verbose_name': 'retention',
                'verbose_name_plural': 'retentions',
                'db_table': 'report_retentions',
                'ordering': ('role__name',),
                'default_permissions': ('add', 'change', 'view'),
            },
        ),
        migrations.AddField(
            model_name='historicalreportretention',
            name='history_user',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='historicalreportretention',
            name='role',
            field=models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='auth.group', verbose_name='role'),
        ),
        migrations.AddField(
            model_name='reportretention',
            name='role',
            field=models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='report_retention', to='auth.group', verbose_name='role'),
        ),
        migrations.AddIndex(
            model_name='historicalreportretention',
            index=models.Index(fields=['history_date', 'id'], name='report_rete_history_0e437a_idx'),
        ),
        migrations.AddConstraint(
            model_name='reportretention',
            constraint=models.CheckConstraint(condition=models.Q(('days__gte', 1), ('days__lte', 3650)), name='report_retention_days_in_range', violation_error_message='Days must be from 1 to 3650.'),
        ),
    ]
