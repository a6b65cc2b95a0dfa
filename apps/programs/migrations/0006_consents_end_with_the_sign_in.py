"""A consent also ends when its person is signed out everywhere: another word for why it ended."""

from django.db import migrations, models
from django.db.models import Q

BEFORE = ["withdrawn", "returned", "revoked", "replayed", "reused", "expired", "barred"]
AFTER = [*BEFORE, "signed-out"]
LABELS = {
    "withdrawn": "withdrawn by the person",
    "returned": "given back by the program",
    "revoked": "revoked by an administrator",
    "replayed": "the code came twice",
    "reused": "a refresh token came twice",
    "expired": "its time was over",
    "barred": "the person was deactivated",
    "signed-out": "the person was signed out everywhere",
}


class Migration(migrations.Migration):
    dependencies = [("programs", "0005_programs_act_as_program_accounts")]

    operations = [
        migrations.AlterField(
            model_name="consent",
            name="ending",
            field=models.CharField(
                "ending", blank=True, choices=list(LABELS.items()), max_length=12
            ),
        ),
        migrations.RemoveConstraint("consent", "consent_ended_for_a_reason"),
        migrations.AddConstraint(
            "consent",
            models.CheckConstraint(
                condition=Q(ended_at=None, ending="")
                | Q(ended_at__isnull=False, ending__in=AFTER),
                name="consent_ended_for_a_reason",
            ),
        ),
    ]
