"""Strikes against borrowers, and the policies that turn them into suspensions."""

import django.core.validators
import django.db.models.deletion
import django.db.models.functions.datetime
import simple_history.models
from django.conf import settings
from django.db import migrations, models


STRIKES_STAY = """
CREATE TRIGGER strikes_stay BEFORE DELETE OR TRUNCATE ON strikes
    EXECUTE FUNCTION ticket_refuses('strikes_stay', 'a strike is lifted, never deleted');
"""

STRIKES_MAY_GO = """
DROP TRIGGER strikes_stay ON strikes;
"""


class Migration(migrations.Migration):

    dependencies = [
        ("tickets", "0006_claims_and_receivables"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='HistoricalStrike',
            fields=[
                ('id', models.BigIntegerField(auto_created=True, blank=True, db_index=True, verbose_name='ID')),
                ('kind', models.CharField(choices=[('late', 'late return'), ('damage', 'damage'), ('loss', 'loss')], max_length=10, verbose_name='kind')),
                ('note', models.CharField(max_length=254, verbose_name='what happened')),
                ('struck_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), verbose_name='at')),
                ('suspended_until', models.DateTimeField(blank=True, help_text='when this strike made it too many', null=True, verbose_name='suspended until')),
                ('lifted_at', models.DateTimeField(blank=True, null=True, verbose_name='lifted at')),
                ('lift_reason', models.TextField(blank=True, verbose_name='why lifted')),
                ('history_id', models.AutoField(primary_key=True, serialize=False)),
                ('history_date', models.DateTimeField()),
                ('history_change_reason', models.CharField(max_length=100, null=True)),
                ('history_type', models.CharField(choices=[('+', 'Created'), ('~', 'Changed'), ('-', 'Deleted')], max_length=1)),
            ],
            options={
                'verbose_name': 'historical strike',
                'verbose_name_plural': 'historical strikes',
                'db_table': 'strikes_history',
                'ordering': ('-history_date', '-history_id'),
                'get_latest_by': ('history_date', 'history_id'),
            },
            bases=(simple_history.models.HistoricalChanges, models.Model),
        ),
        migrations.CreateModel(
            name='HistoricalStrikePolicy',
            fields=[
                ('id', models.BigIntegerField(auto_created=True, blank=True, db_index=True, verbose_name='ID')),
                ('name', models.CharField(db_index=True, max_length=120, verbose_name='name')),
                ('strike_count', models.PositiveSmallIntegerField(help_text='from this many on', validators=[django.core.validators.MinValueValidator(1)], verbose_name='strikes')),
                ('within_days', models.PositiveSmallIntegerField(validators=[django.core.validators.MinValueValidator(1)], verbose_name='within days')),
                ('suspended_days', models.PositiveSmallIntegerField(validators=[django.core.validators.MinValueValidator(1)], verbose_name='suspended for days')),
                ('counts_late', models.BooleanField(default=True, verbose_name='late returns count')),
                ('counts_damage', models.BooleanField(default=False, verbose_name='damage counts')),
                ('counts_loss', models.BooleanField(default=True, verbose_name='losses count')),
                ('is_active', models.BooleanField(default=True, verbose_name='active')),
                ('history_id', models.AutoField(primary_key=True, serialize=False)),
                ('history_date', models.DateTimeField()),
                ('history_change_reason', models.CharField(max_length=100, null=True)),
                ('history_type', models.CharField(choices=[('+', 'Created'), ('~', 'Changed'), ('-', 'Deleted')], max_length=1)),
            ],
            options={
                'verbose_name': 'historical strike policy',
                'verbose_name_plural': 'historical strike policies',
                'db_table': 'strike_policies_history',
                'ordering': ('-history_date', '-history_id'),
                'get_latest_by': ('history_date', 'history_id'),
            },
            bases=(simple_history.models.HistoricalChanges, models.Model),
        ),
        migrations.CreateModel(
            name='Strike',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(choices=[('late', 'late return'), ('damage', 'damage'), ('loss', 'loss')], max_length=10, verbose_name='kind')),
                ('note', models.CharField(max_length=254, verbose_name='what happened')),
                ('struck_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), verbose_name='at')),
                ('suspended_until', models.DateTimeField(blank=True, help_text='when this strike made it too many', null=True, verbose_name='suspended until')),
                ('lifted_at', models.DateTimeField(blank=True, null=True, verbose_name='lifted at')),
                ('lift_reason', models.TextField(blank=True, verbose_name='why lifted')),
            ],
            options={
                'verbose_name': 'strike',
                'verbose_name_plural': 'strikes',
                'db_table': 'strikes',
                'ordering': ('-struck_at', '-pk'),
                'default_permissions': ('view',),
            },
        ),
        migrations.CreateModel(
            name='StrikePolicy',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(max_length=120, unique=True, verbose_name='name')),
                ('strike_count', models.PositiveSmallIntegerField(help_text='from this many on', validators=[django.core.validators.MinValueValidator(1)], verbose_name='strikes')),
                ('within_days', models.PositiveSmallIntegerField(validators=[django.core.validators.MinValueValidator(1)], verbose_name='within days')),
                ('suspended_days', models.PositiveSmallIntegerField(validators=[django.core.validators.MinValueValidator(1)], verbose_name='suspended for days')),
                ('counts_late', models.BooleanField(default=True, verbose_name='late returns count')),
                ('counts_damage', models.BooleanField(default=False, verbose_name='damage counts')),
                ('counts_loss', models.BooleanField(default=True, verbose_name='losses count')),
                ('is_active', models.BooleanField(default=True, verbose_name='active')),
            ],
            options={
                'verbose_name': 'strike policy',
                'verbose_name_plural': 'strike policies',
                'db_table': 'strike_policies',
                'ordering': ('strike_count', 'pk'),
                'default_permissions': ('add', 'change', 'view'),
            },
        ),
        migrations.AddField(
            model_name='historicalstrike',
            name='history_user',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='historicalstrike',
            name='lifted_by',
            field=models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='lifted by'),
        ),
        migrations.AddField(
            model_name='historicalstrike',
            name='line',
            field=models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='tickets.ticketline', verbose_name='line'),
        ),
        migrations.AddField(
            model_name='historicalstrike',
            name='person',
            field=models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='person'),
        ),
        migrations.AddField(
            model_name='historicalstrikepolicy',
            name='history_user',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='strike',
            name='lifted_by',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='lifted by'),
        ),
        migrations.AddField(
            model_name='strike',
            name='line',
            field=models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='strike', to='tickets.ticketline', verbose_name='line'),
        ),
        migrations.AddField(
            model_name='strike',
            name='person',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='strikes', to=settings.AUTH_USER_MODEL, verbose_name='person'),
        ),
        migrations.AddConstraint(
            model_name='strikepolicy',
            constraint=models.CheckConstraint(condition=models.Q(('strike_count__gte', 1), ('suspended_days__gte', 1), ('within_days__gte', 1)), name='strike_policy_is_positive', violation_error_message='Strikes and days must be at least one.'),
        ),
        migrations.AddConstraint(
            model_name='strikepolicy',
            constraint=models.CheckConstraint(condition=models.Q(('counts_late', True), ('counts_damage', True), ('counts_loss', True), _connector='OR'), name='strike_policy_counts_something', violation_error_message='Tick at least one kind of strike that counts.'),
        ),
        migrations.AddIndex(
            model_name='historicalstrike',
            index=models.Index(fields=['history_date', 'id'], name='strikes_his_history_0c8204_idx'),
        ),
        migrations.AddIndex(
            model_name='historicalstrikepolicy',
            index=models.Index(fields=['history_date', 'id'], name='strike_poli_history_dd9492_idx'),
        ),
        migrations.AddIndex(
            model_name='strike',
            index=models.Index(fields=['person', '-struck_at'], name='strike_by_person'),
        ),
        migrations.AddConstraint(
            model_name='strike',
            constraint=models.CheckConstraint(condition=models.Q(('kind__in', ['late', 'damage', 'loss'])), name='strike_has_kind'),
        ),
        migrations.AddConstraint(
            model_name='strike',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('lift_reason', ''), ('lifted_at__isnull', True), ('lifted_by__isnull', True)), models.Q(('lifted_at__isnull', False), ('lifted_by__isnull', False), models.Q(('lift_reason', ''), _negated=True)), _connector='OR'), name='strike_lifted_with_reason'),
        ),
        migrations.RunSQL(STRIKES_STAY, STRIKES_MAY_GO),
    ]
