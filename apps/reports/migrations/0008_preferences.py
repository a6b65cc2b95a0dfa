"""People choose how their files are written."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
        ("reports", "0007_xlsx"),
    ]

    operations = [
        migrations.CreateModel(
            name="ReportPreferences",
            fields=[
                (
                    "person",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        primary_key=True,
                        related_name="+",
                        serialize=False,
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="person",
                    ),
                ),
                (
                    "separator",
                    models.CharField(
                        choices=[(",", "comma (RFC 4180)"), (";", "semicolon"), ("\t", "tab")],
                        default=",",
                        max_length=1,
                        verbose_name="separator of the CSV",
                    ),
                ),
                ("has_bom", models.BooleanField(default=False, verbose_name="byte-order mark")),
                (
                    "paper",
                    models.CharField(
                        choices=[("A4", "A4"), ("Letter", "Letter")],
                        default="A4",
                        max_length=6,
                        verbose_name="paper",
                    ),
                ),
            ],
            options={
                "verbose_name": "preferences for reports",
                "verbose_name_plural": "preferences for reports",
                "db_table": "report_preferences",
                "default_permissions": (),
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(separator__in=[",", ";", "\t"]),
                        name="report_preferences_separator",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(paper__in=["A4", "Letter"]),
                        name="report_preferences_paper",
                    ),
                ],
            },
        ),
    ]
