"""Maintenance by plan: what is due again and again, and each time that it was done, which stays."""

import datetime
import django.core.validators
import django.db.models.deletion
import simple_history.models
from django.conf import settings
from django.db import migrations, models

STAY = """
CREATE FUNCTION asset_refuses() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION USING
        ERRCODE = 'integrity_constraint_violation', CONSTRAINT = TG_ARGV[0], MESSAGE = TG_ARGV[1];
END $$;
CREATE TRIGGER asset_maintenance_stays BEFORE DELETE ON asset_maintenance FOR EACH ROW
    EXECUTE FUNCTION asset_refuses('asset_maintenance_stays', 'maintenance is never deleted');
CREATE TRIGGER asset_maintenance_done_stays BEFORE UPDATE ON asset_maintenance FOR EACH ROW
    WHEN (OLD.done_at IS NOT NULL OR OLD.dropped_at IS NOT NULL)
    EXECUTE FUNCTION asset_refuses('asset_maintenance_done_stays', 'maintenance that is over is not changed');
"""

MAY_GO = """
DROP TRIGGER asset_maintenance_done_stays ON asset_maintenance;
DROP TRIGGER asset_maintenance_stays ON asset_maintenance;
DROP FUNCTION asset_refuses();
"""


class Migration(migrations.Migration):

    dependencies = [
        ("assets", "0008_kits"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AlterModelOptions(
            name='asset',
            options={'default_permissions': ('add', 'change', 'view'), 'ordering': ('tag',), 'permissions': (('black_out_asset', 'Can block periods of everybody’s assets'), ('import_asset', 'Can import asset registers'), ('export_asset', 'Can export asset registers')), 'verbose_name': 'asset', 'verbose_name_plural': 'assets'},
        ),
        migrations.CreateModel(
            name='MaintenancePlan',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('title', models.CharField(help_text='such as “Safety check”', max_length=120, verbose_name='title')),
                ('every_months', models.PositiveSmallIntegerField(blank=True, null=True, validators=[django.core.validators.MinValueValidator(1)], verbose_name='every so many months')),
                ('first_due_on', models.DateField(blank=True, help_text='done before that day begins', null=True, verbose_name='first due on')),
                ('after_each_loan', models.BooleanField(default=False, verbose_name='after each loan')),
                ('duration', models.DurationField(help_text='how long the asset is away for it', verbose_name='duration')),
                ('blocks', models.BooleanField(default=True, verbose_name='blocks hand-over while overdue')),
                ('is_active', models.BooleanField(default=True, verbose_name='active')),
                ('asset', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='maintenance_plans', to='assets.asset', verbose_name='asset')),
                ('category', models.ForeignKey(blank=True, help_text='every asset of it; leave the asset empty then', null=True, on_delete=django.db.models.deletion.PROTECT, related_name='maintenance_plans', to='assets.category', verbose_name='category')),
            ],
            options={
                'verbose_name': 'maintenance plan',
                'verbose_name_plural': 'maintenance plans',
                'db_table': 'maintenance_plans',
                'ordering': ('title', 'pk'),
                'default_permissions': ('add', 'change', 'view'),
            },
        ),
        migrations.CreateModel(
            name='Maintenance',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('due_at', models.DateTimeField(verbose_name='due')),
                ('done_at', models.DateTimeField(blank=True, null=True, verbose_name='done at')),
                ('note', models.TextField(blank=True, verbose_name='note')),
                ('cost', models.BigIntegerField(blank=True, help_text='minor units', null=True, verbose_name='cost')),
                ('dropped_at', models.DateTimeField(blank=True, help_text='its plan is not active any more', null=True, verbose_name='dropped at')),
                ('after', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='assets.reservation', verbose_name='after the loan')),
                ('asset', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='maintenance', to='assets.asset', verbose_name='asset')),
                ('done_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='done by')),
                ('reservation', models.OneToOneField(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='maintenance', to='assets.reservation', verbose_name='planned')),
                ('plan', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='maintenance', to='assets.maintenanceplan', verbose_name='plan')),
            ],
            options={
                'verbose_name': 'maintenance',
                'verbose_name_plural': 'maintenance',
                'db_table': 'asset_maintenance',
                'ordering': ('due_at', 'pk'),
                'permissions': (('finish_maintenance', 'Can record maintenance as done'),),
                'default_permissions': ('view',),
            },
        ),
        migrations.CreateModel(
            name='HistoricalMaintenance',
            fields=[
                ('id', models.BigIntegerField(auto_created=True, blank=True, db_index=True, verbose_name='ID')),
                ('due_at', models.DateTimeField(verbose_name='due')),
                ('done_at', models.DateTimeField(blank=True, null=True, verbose_name='done at')),
                ('note', models.TextField(blank=True, verbose_name='note')),
                ('cost', models.BigIntegerField(blank=True, help_text='minor units', null=True, verbose_name='cost')),
                ('dropped_at', models.DateTimeField(blank=True, help_text='its plan is not active any more', null=True, verbose_name='dropped at')),
                ('history_id', models.AutoField(primary_key=True, serialize=False)),
                ('history_date', models.DateTimeField()),
                ('history_change_reason', models.CharField(max_length=100, null=True)),
                ('history_type', models.CharField(choices=[('+', 'Created'), ('~', 'Changed'), ('-', 'Deleted')], max_length=1)),
                ('after', models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='assets.reservation', verbose_name='after the loan')),
                ('asset', models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='assets.asset', verbose_name='asset')),
                ('done_by', models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='done by')),
                ('history_user', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('reservation', models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='assets.reservation', verbose_name='planned')),
                ('plan', models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='assets.maintenanceplan', verbose_name='plan')),
            ],
            options={
                'verbose_name': 'historical maintenance',
                'verbose_name_plural': 'historical maintenance',
                'db_table': 'asset_maintenance_history',
                'ordering': ('-history_date', '-history_id'),
                'get_latest_by': ('history_date', 'history_id'),
            },
            bases=(simple_history.models.HistoricalChanges, models.Model),
        ),
        migrations.CreateModel(
            name='HistoricalMaintenancePlan',
            fields=[
                ('id', models.BigIntegerField(auto_created=True, blank=True, db_index=True, verbose_name='ID')),
                ('title', models.CharField(help_text='such as “Safety check”', max_length=120, verbose_name='title')),
                ('every_months', models.PositiveSmallIntegerField(blank=True, null=True, validators=[django.core.validators.MinValueValidator(1)], verbose_name='every so many months')),
                ('first_due_on', models.DateField(blank=True, help_text='done before that day begins', null=True, verbose_name='first due on')),
                ('after_each_loan', models.BooleanField(default=False, verbose_name='after each loan')),
                ('duration', models.DurationField(help_text='how long the asset is away for it', verbose_name='duration')),
                ('blocks', models.BooleanField(default=True, verbose_name='blocks hand-over while overdue')),
                ('is_active', models.BooleanField(default=True, verbose_name='active')),
                ('history_id', models.AutoField(primary_key=True, serialize=False)),
                ('history_date', models.DateTimeField()),
                ('history_change_reason', models.CharField(max_length=100, null=True)),
                ('history_type', models.CharField(choices=[('+', 'Created'), ('~', 'Changed'), ('-', 'Deleted')], max_length=1)),
                ('asset', models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='assets.asset', verbose_name='asset')),
                ('category', models.ForeignKey(blank=True, db_constraint=False, help_text='every asset of it; leave the asset empty then', null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='assets.category', verbose_name='category')),
                ('history_user', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'verbose_name': 'historical maintenance plan',
                'verbose_name_plural': 'historical maintenance plans',
                'db_table': 'maintenance_plans_history',
                'ordering': ('-history_date', '-history_id'),
                'get_latest_by': ('history_date', 'history_id'),
                'indexes': [models.Index(fields=['history_date', 'id'], name='maintenance_history_97d83b_idx')],
            },
            bases=(simple_history.models.HistoricalChanges, models.Model),
        ),
        migrations.AddConstraint(
            model_name='maintenanceplan',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('asset__isnull', True), ('category__isnull', False)), models.Q(('asset__isnull', False), ('category__isnull', True)), _connector='OR'), name='maintenance_plan_of_asset_or_category', violation_error_message='Choose an asset or a category, and not both.'),
        ),
        migrations.AddConstraint(
            model_name='maintenanceplan',
            constraint=models.CheckConstraint(condition=models.Q(('every_months__isnull', False), ('after_each_loan', True), _connector='OR'), name='maintenance_plan_has_rhythm', violation_error_message='Say every how many months, or tick “after each loan”.'),
        ),
        migrations.AddConstraint(
            model_name='maintenanceplan',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('every_months__isnull', True), ('first_due_on__isnull', True)), models.Q(('every_months__gte', 1), ('first_due_on__isnull', False)), _connector='OR'), name='maintenance_plan_months_have_start', violation_error_message='Give “every so many months” and “first due on” together.'),
        ),
        migrations.AddConstraint(
            model_name='maintenanceplan',
            constraint=models.CheckConstraint(condition=models.Q(('duration__gt', datetime.timedelta(0))), name='maintenance_plan_takes_time', violation_error_message='Say how long it takes, such as 2:00.'),
        ),
        migrations.AddIndex(
            model_name='maintenance',
            index=models.Index(condition=models.Q(('done_at__isnull', True), ('dropped_at__isnull', True)), fields=['asset', 'due_at'], name='maintenance_undone'),
        ),
        migrations.AddConstraint(
            model_name='maintenance',
            constraint=models.UniqueConstraint(fields=('plan', 'asset', 'due_at'), name='maintenance_is_planned_once'),
        ),
        migrations.AddConstraint(
            model_name='maintenance',
            constraint=models.UniqueConstraint(condition=models.Q(('after__isnull', False)), fields=('plan', 'after'), name='maintenance_follows_a_loan_once'),
        ),
        migrations.AddConstraint(
            model_name='maintenance',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('cost__isnull', True), ('done_at__isnull', True), ('done_by__isnull', True), ('note', '')), models.Q(('done_at__isnull', False), ('done_by__isnull', False), ('dropped_at__isnull', True)), _connector='OR'), name='maintenance_done_has_person'),
        ),
        migrations.AddConstraint(
            model_name='maintenance',
            constraint=models.CheckConstraint(condition=models.Q(('cost__isnull', True), ('cost__gte', 0), _connector='OR'), name='maintenance_cost_is_positive'),
        ),
        migrations.AddIndex(
            model_name='historicalmaintenance',
            index=models.Index(fields=['history_date', 'id'], name='asset_maint_history_3a2882_idx'),
        ),
        migrations.RunSQL(STAY, MAY_GO),
    ]
