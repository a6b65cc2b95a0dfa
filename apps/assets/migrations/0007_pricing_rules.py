"""Discounts, rates of commission, and how the value of a category falls."""

import django.core.validators
import django.db.models.deletion
import simple_history.models
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ("assets", "0006_broken_promises"),
        ('auth', '0012_alter_user_first_name_max_length'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='CommissionRate',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('share', models.PositiveIntegerField(help_text='share of the fee that the platform keeps, in basis points: 2000 is 20 %', validators=[django.core.validators.MaxValueValidator(10000)], verbose_name='commission')),
                ('is_active', models.BooleanField(default=True, help_text='otherwise the next rate holds, or the tariff', verbose_name='in force')),
            ],
            options={
                'verbose_name': 'commission rate',
                'verbose_name_plural': 'commission rates',
                'db_table': 'commission_rates',
                'ordering': ('pk',),
                'default_permissions': ('add', 'change', 'view'),
            },
        ),
        migrations.CreateModel(
            name='Discount',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(max_length=120, unique=True, verbose_name='name')),
                ('kind', models.CharField(choices=[('share', 'share of the fee'), ('amount', 'amount per ticket')], default='share', max_length=8, verbose_name='kind')),
                ('share', models.PositiveIntegerField(default=0, help_text='basis points: 1000 is 10 %', validators=[django.core.validators.MaxValueValidator(10000)], verbose_name='share of the fee')),
                ('amount', models.BigIntegerField(default=0, verbose_name='amount per ticket')),
                ('currency', models.CharField(blank=True, help_text='of the amount', max_length=3, verbose_name='currency')),
                ('minimum_length', models.DurationField(blank=True, help_text='of the loan, such as 14 days; empty: loans of every length', null=True, verbose_name='least length')),
                ('valid_from', models.DateField(blank=True, help_text='first day on which a loan may begin', null=True, verbose_name='valid from')),
                ('valid_until', models.DateField(blank=True, help_text='last day on which a loan may begin', null=True, verbose_name='valid until')),
            ],
            options={
                'verbose_name': 'discount',
                'verbose_name_plural': 'discounts',
                'db_table': 'discounts',
                'ordering': ('name',),
                'default_permissions': ('add', 'change', 'view'),
            },
        ),
        migrations.CreateModel(
            name='HistoricalCommissionRate',
            fields=[
                ('id', models.BigIntegerField(auto_created=True, blank=True, db_index=True, verbose_name='ID')),
                ('share', models.PositiveIntegerField(help_text='share of the fee that the platform keeps, in basis points: 2000 is 20 %', validators=[django.core.validators.MaxValueValidator(10000)], verbose_name='commission')),
                ('is_active', models.BooleanField(default=True, help_text='otherwise the next rate holds, or the tariff', verbose_name='in force')),
                ('history_id', models.AutoField(primary_key=True, serialize=False)),
                ('history_date', models.DateTimeField()),
                ('history_change_reason', models.CharField(max_length=100, null=True)),
                ('history_type', models.CharField(choices=[('+', 'Created'), ('~', 'Changed'), ('-', 'Deleted')], max_length=1)),
            ],
            options={
                'verbose_name': 'historical commission rate',
                'verbose_name_plural': 'historical commission rates',
                'db_table': 'commission_rates_history',
                'ordering': ('-history_date', '-history_id'),
                'get_latest_by': ('history_date', 'history_id'),
            },
            bases=(simple_history.models.HistoricalChanges, models.Model),
        ),
        migrations.CreateModel(
            name='HistoricalDiscount',
            fields=[
                ('id', models.BigIntegerField(auto_created=True, blank=True, db_index=True, verbose_name='ID')),
                ('name', models.CharField(db_index=True, max_length=120, verbose_name='name')),
                ('kind', models.CharField(choices=[('share', 'share of the fee'), ('amount', 'amount per ticket')], default='share', max_length=8, verbose_name='kind')),
                ('share', models.PositiveIntegerField(default=0, help_text='basis points: 1000 is 10 %', validators=[django.core.validators.MaxValueValidator(10000)], verbose_name='share of the fee')),
                ('amount', models.BigIntegerField(default=0, verbose_name='amount per ticket')),
                ('currency', models.CharField(blank=True, help_text='of the amount', max_length=3, verbose_name='currency')),
                ('minimum_length', models.DurationField(blank=True, help_text='of the loan, such as 14 days; empty: loans of every length', null=True, verbose_name='least length')),
                ('valid_from', models.DateField(blank=True, help_text='first day on which a loan may begin', null=True, verbose_name='valid from')),
                ('valid_until', models.DateField(blank=True, help_text='last day on which a loan may begin', null=True, verbose_name='valid until')),
                ('history_id', models.AutoField(primary_key=True, serialize=False)),
                ('history_date', models.DateTimeField()),
                ('history_change_reason', models.CharField(max_length=100, null=True)),
                ('history_type', models.CharField(choices=[('+', 'Created'), ('~', 'Changed'), ('-', 'Deleted')], max_length=1)),
            ],
            options={
                'verbose_name': 'historical discount',
                'verbose_name_plural': 'historical discounts',
                'db_table': 'discounts_history',
                'ordering': ('-history_date', '-history_id'),
                'get_latest_by': ('history_date', 'history_id'),
            },
            bases=(simple_history.models.HistoricalChanges, models.Model),
        ),
        migrations.AddField(
            model_name='category',
            name='residual_share',
            field=models.PositiveIntegerField(default=0, help_text='share of the value that is left after that, in basis points: 1000 is 10 %', validators=[django.core.validators.MaxValueValidator(10000)], verbose_name='residual value'),
        ),
        migrations.AddField(
            model_name='category',
            name='useful_life',
            field=models.PositiveIntegerField(blank=True, help_text='months in which the value falls; empty: it does not fall', null=True, verbose_name='useful life'),
        ),
        migrations.AddField(
            model_name='historicalcategory',
            name='residual_share',
            field=models.PositiveIntegerField(default=0, help_text='share of the value that is left after that, in basis points: 1000 is 10 %', validators=[django.core.validators.MaxValueValidator(10000)], verbose_name='residual value'),
        ),
        migrations.AddField(
            model_name='historicalcategory',
            name='useful_life',
            field=models.PositiveIntegerField(blank=True, help_text='months in which the value falls; empty: it does not fall', null=True, verbose_name='useful life'),
        ),
        migrations.AddConstraint(
            model_name='category',
            constraint=models.CheckConstraint(condition=models.Q(('residual_share__lte', 10000)), name='category_residual_within_whole'),
        ),
        migrations.AddConstraint(
            model_name='category',
            constraint=models.CheckConstraint(condition=models.Q(('useful_life__isnull', True), ('useful_life__gte', 1), _connector='OR'), name='category_life_is_positive', violation_error_message='A useful life has at least one month.'),
        ),
        migrations.AddField(
            model_name='commissionrate',
            name='category',
            field=models.ForeignKey(blank=True, help_text='empty: every category', null=True, on_delete=django.db.models.deletion.PROTECT, related_name='commission_rates', to='assets.category', verbose_name='category'),
        ),
        migrations.AddField(
            model_name='commissionrate',
            name='lender',
            field=models.ForeignKey(blank=True, help_text='empty: every lender', null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='lender'),
        ),
        migrations.AddField(
            model_name='discount',
            name='category',
            field=models.ForeignKey(blank=True, help_text='empty: assets of every category', null=True, on_delete=django.db.models.deletion.PROTECT, related_name='discounts', to='assets.category', verbose_name='category'),
        ),
        migrations.AddField(
            model_name='discount',
            name='person',
            field=models.ForeignKey(blank=True, help_text='empty: every borrower', null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='borrower'),
        ),
        migrations.AddField(
            model_name='discount',
            name='role',
            field=models.ForeignKey(blank=True, help_text='empty: borrowers of every role', null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='auth.group', verbose_name='role of the borrower'),
        ),
        migrations.AddField(
            model_name='historicalcommissionrate',
            name='category',
            field=models.ForeignKey(blank=True, db_constraint=False, help_text='empty: every category', null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='assets.category', verbose_name='category'),
        ),
        migrations.AddField(
            model_name='historicalcommissionrate',
            name='history_user',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='historicalcommissionrate',
            name='lender',
            field=models.ForeignKey(blank=True, db_constraint=False, help_text='empty: every lender', null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='lender'),
        ),
        migrations.AddField(
            model_name='historicaldiscount',
            name='category',
            field=models.ForeignKey(blank=True, db_constraint=False, help_text='empty: assets of every category', null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='assets.category', verbose_name='category'),
        ),
        migrations.AddField(
            model_name='historicaldiscount',
            name='history_user',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='historicaldiscount',
            name='person',
            field=models.ForeignKey(blank=True, db_constraint=False, help_text='empty: every borrower', null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='borrower'),
        ),
        migrations.AddField(
            model_name='historicaldiscount',
            name='role',
            field=models.ForeignKey(blank=True, db_constraint=False, help_text='empty: borrowers of every role', null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='auth.group', verbose_name='role of the borrower'),
        ),
        migrations.AddConstraint(
            model_name='commissionrate',
            constraint=models.CheckConstraint(condition=models.Q(('lender__isnull', False), ('category__isnull', False), _connector='OR'), name='commission_rate_names_somebody', violation_error_message='Choose a lender, a category or both; for everybody else the tariff says it.'),
        ),
        migrations.AddConstraint(
            model_name='commissionrate',
            constraint=models.CheckConstraint(condition=models.Q(('share__lte', 10000)), name='commission_rate_within_whole'),
        ),
        migrations.AddConstraint(
            model_name='commissionrate',
            constraint=models.UniqueConstraint(fields=('lender', 'category'), name='commission_rate_is_unique', nulls_distinct=False, violation_error_message='There is a rate for this lender and category already. Change that one.'),
        ),
        migrations.AddConstraint(
            model_name='discount',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('amount', 0), ('currency', ''), ('kind', 'share'), ('share__gte', 1), ('share__lte', 10000)), models.Q(('amount__gte', 1), ('currency__regex', '^[A-Z]{3}$'), ('kind', 'amount'), ('share', 0)), _connector='OR'), name='discount_is_share_or_amount', violation_error_message='Give a share above zero, or an amount above zero and its currency.'),
        ),
        migrations.AddConstraint(
            model_name='discount',
            constraint=models.CheckConstraint(condition=models.Q(('valid_from__isnull', True), ('valid_until__isnull', True), ('valid_until__gte', models.F('valid_from')), _connector='OR'), name='discount_validity_is_forward', violation_error_message='“Valid until” may not be before “valid from”.'),
        ),
        migrations.AddIndex(
            model_name='historicalcommissionrate',
            index=models.Index(fields=['history_date', 'id'], name='commission__history_34b323_idx'),
        ),
        migrations.AddIndex(
            model_name='historicaldiscount',
            index=models.Index(fields=['history_date', 'id'], name='discounts_h_history_744d06_idx'),
        ),
    ]
