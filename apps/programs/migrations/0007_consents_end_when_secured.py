"""A consent also ends when the sign-in of its person was secured."""

from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('programs', '0005_programs_act_as_program_accounts'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name='consent',
            name='consent_ended_for_a_reason',
        ),
        migrations.AlterField(
            model_name='consent',
            name='ending',
            field=models.CharField(blank=True, choices=[('withdrawn', 'withdrawn by the person'), ('returned', 'given back by the program'), ('revoked', 'revoked by an administrator'), ('replayed', 'the code came twice'), ('reused', 'a refresh token came twice'), ('expired', 'its time was over'), ('barred', 'the person was deactivated'), ('secured', 'the sign-in of the person was secured')], max_length=12, verbose_name='ending'),
        ),
        migrations.AddConstraint(
            model_name='consent',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('ended_at', None), ('ending', '')), models.Q(('ended_at__isnull', False), ('ending__in', ['withdrawn', 'returned', 'revoked', 'replayed', 'reused', 'expired', 'barred', 'secured'])), _connector='OR'), name='consent_ended_for_a_reason'),
        ),
    ]
