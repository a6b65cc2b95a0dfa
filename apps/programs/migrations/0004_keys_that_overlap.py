"""Let a key be published before it signs, and its private part end with it."""

import apps.common.secret_text
import django.utils.timezone
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('programs', '0003_secrets_and_consents'),
    ]

    operations = [
        migrations.AlterModelOptions(
            name='signingkey',
            options={'default_permissions': ('view',), 'ordering': ('-pk',), 'permissions': (('rotate_signingkey', 'Can rotate the keys that sign access tokens'),), 'verbose_name': 'signing key', 'verbose_name_plural': 'signing keys'},
        ),
        migrations.AddField(
            model_name='signingkey',
            name='signs_from',
            field=models.DateTimeField(default=django.utils.timezone.now, verbose_name='signs from'),
        ),
        migrations.AlterField(
            model_name='signingkey',
            name='private_pem',
            field=apps.common.secret_text.SecretTextField(blank=True, verbose_name='private key'),
        ),
        migrations.AddConstraint(
            model_name='signingkey',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('private_pem', ''), _negated=True), ('retired_at__isnull', False), _connector='OR'), name='signing_key_is_kept_until_retired'),
        ),
    ]
