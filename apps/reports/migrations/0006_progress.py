"""Runs tell pages beside rows, and how many rows were guessed beforehand."""

from django.db import migrations, models
from django.db.models import F, Q


class Migration(migrations.Migration):
    dependencies = [("reports", "0005_parts")]

    operations = [
        migrations.AddField(
            model_name="reportrun",
            name="pages_done",
            field=models.PositiveIntegerField(
                default=0, editable=False, verbose_name="pages done"
            ),
        ),
        migrations.AddField(
            model_name="reportrun",
            name="pages_total",
            field=models.PositiveIntegerField(
                blank=True, editable=False, null=True, verbose_name="pages in all"
            ),
        ),
        migrations.AddField(
            model_name="reportrun",
            name="estimated_rows",
            field=models.BigIntegerField(
                default=0,
                editable=False,
                help_text="guessed beforehand; decides the queue",
                verbose_name="estimated rows",
            ),
        ),
        migrations.AddConstraint(
            model_name="reportrun",
            constraint=models.CheckConstraint(
                condition=Q(pages_total__isnull=True) | Q(pages_done__lte=F("pages_total")),
                name="report_run_pages_add_up",
            ),
        ),
    ]
