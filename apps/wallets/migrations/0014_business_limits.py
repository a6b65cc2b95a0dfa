"""Business limits, by kind, role and currency, and what each person has used of a day."""

import django.core.validators
import django.db.models.deletion
import simple_history.models
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('auth', '0012_alter_user_first_name_max_length'),
        ('wallets', '0013_ledger_seals'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='BusinessLimitUse',
            fields=[
                ('pk', models.CompositePrimaryKey('person_id', 'kind', 'currency', 'day', blank=True, editable=False, primary_key=True, serialize=False)),
                ('kind', models.CharField(choices=[('adjustment_requested', 'adjustments requested'), ('adjustment_approved', 'adjustments approved'), ('payout_requested', 'payouts requested'), ('payout_approved', 'payouts approved')], max_length=20, verbose_name='kind')),
                ('currency', models.CharField(max_length=3, verbose_name='currency')),
                ('day', models.DateField(help_text='in the office’s time zone', verbose_name='day')),
                ('count', models.PositiveIntegerField(verbose_name='number')),
                ('amount', models.BigIntegerField(help_text='minor units', verbose_name='sum')),
                ('person', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'verbose_name': 'use of a business limit',
                'verbose_name_plural': 'uses of business limits',
                'db_table': 'business_limit_uses',
                'default_permissions': (),
            },
        ),
        migrations.CreateModel(
            name='BusinessLimit',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(choices=[('adjustment_requested', 'adjustments requested'), ('adjustment_approved', 'adjustments approved'), ('payout_requested', 'payouts requested'), ('payout_approved', 'payouts approved')], max_length=20, verbose_name='kind')),
                ('currency', models.CharField(max_length=3, verbose_name='currency')),
                ('count_per_day', models.PositiveIntegerField(help_text='each line of a batch counts', validators=[django.core.validators.MinValueValidator(1)], verbose_name='number per day')),
                ('amount_per_day', models.BigIntegerField(help_text='minor units', verbose_name='sum per day')),
                ('is_active', models.BooleanField(default=True, verbose_name='active')),
                ('role', models.ForeignKey(blank=True, help_text='empty: everybody whose roles have no limit of their own', null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='auth.group', verbose_name='role')),
            ],
            options={
                'verbose_name': 'business limit',
                'verbose_name_plural': 'business limits',
                'db_table': 'business_limits',
                'ordering': ('kind', 'currency', 'role'),
                'default_permissions': ('add', 'change', 'view'),
                'constraints': [models.UniqueConstraint(fields=('kind', 'role', 'currency'), name='business_limit_is_one', nulls_distinct=False, violation_error_message='There is a limit of this kind, role and currency. Change that one.'), models.CheckConstraint(condition=models.Q(('kind__in', ['adjustment_requested', 'adjustment_approved', 'payout_requested', 'payout_approved'])), name='business_limit_has_kind'), models.CheckConstraint(condition=models.Q(('amount_per_day__gte', 1), ('count_per_day__gte', 1)), name='business_limit_is_positive', violation_error_message='Number and sum must be at least one.'), models.CheckConstraint(condition=models.Q(('currency__regex', '^[A-Z]{3}$')), name='business_limit_has_currency')],
            },
        ),
        migrations.CreateModel(
            name='HistoricalBusinessLimit',
            fields=[
                ('id', models.BigIntegerField(auto_created=True, blank=True, db_index=True, verbose_name='ID')),
                ('kind', models.CharField(choices=[('adjustment_requested', 'adjustments requested'), ('adjustment_approved', 'adjustments approved'), ('payout_requested', 'payouts requested'), ('payout_approved', 'payouts approved')], max_length=20, verbose_name='kind')),
                ('currency', models.CharField(max_length=3, verbose_name='currency')),
                ('count_per_day', models.PositiveIntegerField(help_text='each line of a batch counts', validators=[django.core.validators.MinValueValidator(1)], verbose_name='number per day')),
                ('amount_per_day', models.BigIntegerField(help_text='minor units', verbose_name='sum per day')),
                ('is_active', models.BooleanField(default=True, verbose_name='active')),
                ('history_id', models.AutoField(primary_key=True, serialize=False)),
                ('history_date', models.DateTimeField()),
                ('history_change_reason', models.CharField(max_length=100, null=True)),
                ('history_type', models.CharField(choices=[('+', 'Created'), ('~', 'Changed'), ('-', 'Deleted')], max_length=1)),
                ('history_user', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('role', models.ForeignKey(blank=True, db_constraint=False, help_text='empty: everybody whose roles have no limit of their own', null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='auth.group', verbose_name='role')),
            ],
            options={
                'verbose_name': 'historical business limit',
                'verbose_name_plural': 'historical business limits',
                'db_table': 'business_limits_history',
                'ordering': ('-history_date', '-history_id'),
                'get_latest_by': ('history_date', 'history_id'),
                'indexes': [models.Index(fields=['history_date', 'id'], name='business_li_history_01f0e3_idx')],
            },
            bases=(simple_history.models.HistoricalChanges, models.Model),
        ),
    ]
