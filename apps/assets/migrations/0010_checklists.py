"""Categories say what is looked at, signed and photographed when their assets go out and come back."""

import django.db.models.deletion
import simple_history.models
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ("assets", "0009_maintenance_plans"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(
            model_name='category',
            name='requires_photos',
            field=models.BooleanField(default=False, help_text='at least one of each asset, when it goes out and when it comes back', verbose_name='photos required'),
        ),
        migrations.AddField(
            model_name='category',
            name='requires_signature',
            field=models.BooleanField(default=False, help_text='nothing of this kind goes out or comes back unless both parties sign', verbose_name='signatures required'),
        ),
        migrations.AddField(
            model_name='category',
            name='terms',
            field=models.TextField(blank=True, help_text='what the borrower agrees to; signed with the hand-over, printed on receipts', verbose_name='terms'),
        ),
        migrations.AddField(
            model_name='historicalcategory',
            name='requires_photos',
            field=models.BooleanField(default=False, help_text='at least one of each asset, when it goes out and when it comes back', verbose_name='photos required'),
        ),
        migrations.AddField(
            model_name='historicalcategory',
            name='requires_signature',
            field=models.BooleanField(default=False, help_text='nothing of this kind goes out or comes back unless both parties sign', verbose_name='signatures required'),
        ),
        migrations.AddField(
            model_name='historicalcategory',
            name='terms',
            field=models.TextField(blank=True, help_text='what the borrower agrees to; signed with the hand-over, printed on receipts', verbose_name='terms'),
        ),
        migrations.CreateModel(
            name='ChecklistItem',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('position', models.PositiveSmallIntegerField(default=1, verbose_name='order')),
                ('text', models.CharField(help_text='such as: battery is charged', max_length=200, verbose_name='item')),
                ('checked_at', models.CharField(choices=[('out', 'hand-over'), ('in', 'return'), ('both', 'both')], default='both', max_length=4, verbose_name='asked at')),
                ('is_required', models.BooleanField(default=True, verbose_name='must be answered')),
                ('category', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='checklist', to='assets.category')),
            ],
            options={
                'verbose_name': 'checklist item',
                'verbose_name_plural': 'checklist',
                'db_table': 'checklist_items',
                'ordering': ('category', 'position', 'pk'),
                'default_permissions': ('add', 'change', 'delete', 'view'),
                'constraints': [models.CheckConstraint(condition=models.Q(('checked_at__in', ['out', 'in', 'both'])), name='checklist_item_has_moment'), models.CheckConstraint(condition=models.Q(('text', ''), _negated=True), name='checklist_item_has_text'), models.UniqueConstraint(fields=('category', 'text'), name='checklist_item_is_unique', violation_error_message='This item is on the checklist already.')],
            },
        ),
        migrations.CreateModel(
            name='HistoricalChecklistItem',
            fields=[
                ('id', models.BigIntegerField(auto_created=True, blank=True, db_index=True, verbose_name='ID')),
                ('position', models.PositiveSmallIntegerField(default=1, verbose_name='order')),
                ('text', models.CharField(help_text='such as: battery is charged', max_length=200, verbose_name='item')),
                ('checked_at', models.CharField(choices=[('out', 'hand-over'), ('in', 'return'), ('both', 'both')], default='both', max_length=4, verbose_name='asked at')),
                ('is_required', models.BooleanField(default=True, verbose_name='must be answered')),
                ('history_id', models.AutoField(primary_key=True, serialize=False)),
                ('history_date', models.DateTimeField()),
                ('history_change_reason', models.CharField(max_length=100, null=True)),
                ('history_type', models.CharField(choices=[('+', 'Created'), ('~', 'Changed'), ('-', 'Deleted')], max_length=1)),
                ('category', models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='assets.category')),
                ('history_user', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'verbose_name': 'historical checklist item',
                'verbose_name_plural': 'historical checklist',
                'db_table': 'checklist_items_history',
                'ordering': ('-history_date', '-history_id'),
                'get_latest_by': ('history_date', 'history_id'),
                'indexes': [models.Index(fields=['history_date', 'id'], name='checklist_i_history_3d90ad_idx')],
            },
            bases=(simple_history.models.HistoricalChanges, models.Model),
        ),
    ]
