"""Runs keep how their files are written."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("reports", "0003_summary")]

    operations = [
        migrations.AddField(
            model_name="reportrun",
            name="options",
            field=models.JSONField(
                blank=True,
                default=dict,
                help_text="how its files are written",
                verbose_name="options",
            ),
        ),
    ]
