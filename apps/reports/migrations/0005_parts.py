"""Parts of a PDF that is being made, for all workers that are free."""

import django.db.models.deletion
from django.db import migrations, models
from django.db.models import Q


class Migration(migrations.Migration):
    dependencies = [("reports", "0004_options")]

    operations = [
        migrations.CreateModel(
            name="ReportPart",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("holder", models.UUIDField()),
                ("number", models.PositiveIntegerField()),
                ("first_page", models.PositiveIntegerField()),
                ("page_count", models.PositiveIntegerField()),
                ("attempt_count", models.PositiveSmallIntegerField(default=0)),
                ("claimed_until", models.DateTimeField(null=True)),
                ("printed_at", models.DateTimeField(null=True)),
                ("file", models.CharField(blank=True, max_length=250)),
                (
                    "run",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="reports.reportrun",
                    ),
                ),
            ],
            options={
                "db_table": "report_parts",
                "ordering": ("holder", "number"),
                "default_permissions": (),
                "constraints": [
                    models.UniqueConstraint(
                        fields=("holder", "number"), name="report_part_one_each"
                    ),
                    models.CheckConstraint(
                        condition=Q(attempt_count__lte=3), name="report_part_few_attempts"
                    ),
                    models.CheckConstraint(
                        condition=Q(printed_at__isnull=False) | Q(file=""),
                        name="report_part_file_printed",
                    ),
                ],
            },
        ),
    ]
