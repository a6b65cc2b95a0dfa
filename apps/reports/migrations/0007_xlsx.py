"""Runs can be saved as XLSX."""

from django.contrib.postgres.fields import ArrayField
from django.db import migrations, models

_FORMATS = [("pdf", "PDF"), ("csv", "CSV"), ("xlsx", "XLSX")]


class Migration(migrations.Migration):
    dependencies = [("reports", "0006_progress")]

    operations = [
        migrations.AlterField(
            model_name="reportfile",
            name="format",
            field=models.CharField(choices=_FORMATS, max_length=4, verbose_name="format"),
        ),
        migrations.AlterField(
            model_name="reportrun",
            name="formats",
            field=ArrayField(
                base_field=models.CharField(choices=_FORMATS, max_length=4),
                size=None,
                verbose_name="formats",
            ),
        ),
    ]
