"""Policies say from which amount who approves must have signed in a moment ago.

Where an office lets two people agree on money, the limit begins with the policy, as it does in the
reference data; an administrator may change it. Undone, the column goes with what it says.
"""

import django.core.validators
from django.db import migrations, models

MONEY = ("adjustment", "adjustment_batch", "claim", "write_off")


def begin_where_two_agree(apps, schema_editor):
    Policy = apps.get_model("approvals", "Policy")
    strict = Policy.objects.filter(scope__in=MONEY, levels__decider_count__gte=2)
    Policy.objects.filter(
        pk__in=strict.values("pk"), step_up_amount__isnull=True
    ).update(step_up_amount=models.F("amount_from"))


def _field():
    return models.BigIntegerField(
        blank=True,
        help_text="minor units, inclusive; zero: always; empty: never",
        null=True,
        validators=[django.core.validators.MinValueValidator(0)],
        verbose_name="recent sign-in from",
    )


class Migration(migrations.Migration):
    dependencies = [("approvals", "0006_reminders_and_trust")]

    operations = [
        migrations.AddField("policy", "step_up_amount", _field()),
        migrations.AddField("historicalpolicy", "step_up_amount", _field()),
        migrations.RunPython(begin_where_two_agree, migrations.RunPython.noop, elidable=True),
        migrations.AddConstraint(
            model_name="policy",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("step_up_amount__isnull", True),
                    ("step_up_amount", 0),
                    models.Q(("step_up_amount__gt", 0), models.Q(("currency", ""), _negated=True)),
                    _connector="OR",
                ),
                name="approval_policy_step_up_has_currency",
                violation_error_message=(
                    "Name a currency, so that the amount means something; zero is always."
                ),
            ),
        ),
    ]
