"""When a receiver is called again: it may ask us to wait (Retry-After), and others are quicker found.

What waits for one subscription is found by an index that does not lead through what waits for all.
"""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("webhooks", "0002_rules")]

    operations = [
        migrations.AddField(
            model_name="attempt",
            name="retry_after",
            field=models.PositiveIntegerField(
                "asked to wait", blank=True, help_text="seconds, by the receiver", null=True
            ),
        ),
        migrations.AddConstraint(
            model_name="attempt",
            constraint=models.CheckConstraint(
                condition=models.Q(retry_after=None)
                | models.Q(
                    retry_after__lte=86400,
                    status_code__isnull=False,
                    status_code__in=[429, 503],
                ),
                name="webhook_attempt_waits_a_day_at_most",
            ),
        ),
        migrations.RemoveIndex("message", "webhook_message_to_deliver"),
        migrations.AddIndex(
            "message",
            models.Index(
                fields=["subscription", "attempt_at"],
                condition=models.Q(status="waiting"),
                name="webhook_message_due",
            ),
        ),
    ]
