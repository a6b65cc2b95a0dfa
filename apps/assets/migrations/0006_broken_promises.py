"""Keep when the workshop promised an asset back, and find quickly what is away, and a category."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ("assets", "0005_opening_hours"),
    ]

    operations = [
        migrations.AddField(
            model_name='asset',
            name='back_at',
            field=models.DateTimeField(blank=True, help_text='when the workshop promised it; empty: nobody knows', null=True, verbose_name='back from maintenance'),
        ),
        migrations.AddField(
            model_name='historicalasset',
            name='back_at',
            field=models.DateTimeField(blank=True, help_text='when the workshop promised it; empty: nobody knows', null=True, verbose_name='back from maintenance'),
        ),
        migrations.AddConstraint(
            model_name='asset',
            constraint=models.CheckConstraint(condition=models.Q(('back_at__isnull', True), ('status', 'in_maintenance'), _connector='OR'), name='asset_back_at_is_of_maintenance'),
        ),
        migrations.AddIndex(
            model_name='asset',
            index=models.Index(condition=models.Q(('status', 'available'), _negated=True), fields=['status'], name='asset_away_by_status'),
        ),
        migrations.AddIndex(
            model_name='asset',
            index=models.Index(fields=['category', 'tag'], name='asset_by_category_and_tag'),
        ),
    ]
