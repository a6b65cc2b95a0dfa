"""Two permissions for holds by hand: who places a hold does not capture it."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("wallets", "0015_daily_limits_hold")]

    operations = [
        migrations.AlterModelOptions(
            name="hold",
            options={
                "default_permissions": ("view",),
                "ordering": ("-id",),
                "permissions": (
                    ("capture_hold", "Can capture and release holds that others placed by hand"),
                    ("place_hold", "Can place and release holds by hand"),
                ),
                "verbose_name": "hold",
                "verbose_name_plural": "holds",
            },
        ),
    ]
