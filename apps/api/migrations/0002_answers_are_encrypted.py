"""Answers are kept encrypted, because some show a secret; kept ones are forgotten."""

from django.db import migrations

from apps.common.secret_text import SecretTextField

# Each is kept for a day and only spares a deed from being done again.
FORGET = "DELETE FROM api_kept_answers;"


class Migration(migrations.Migration):
    dependencies = [("api", "0001_initial")]

    operations = [
        migrations.RunSQL(FORGET, FORGET),
        migrations.AlterField(
            model_name="keptanswer",
            name="body",
            field=SecretTextField(default="", verbose_name="answer"),
        ),
    ]
