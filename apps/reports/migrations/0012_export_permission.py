"""Exporting lists is a permission of its own."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("reports", "0011_keep")]

    operations = [
        migrations.AlterModelOptions(
            name="reportrun",
            options={
                "default_permissions": ("view",),
                "ordering": ("-id",),
                "permissions": (
                    ("run_report", "Can run reports"),
                    ("download_report", "Can download reports"),
                    ("export_list", "Can export lists"),
                    ("keep_report", "Can keep the files of reports longer"),
                ),
                "verbose_name": "report run",
                "verbose_name_plural": "report runs",
            },
        ),
    ]
