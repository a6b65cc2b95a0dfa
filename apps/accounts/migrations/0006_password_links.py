"""Links by e-mail with which people choose a password, one for each person."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ("accounts", "0005_role_policies"),
    ]

    operations = [
        migrations.CreateModel(
            name='PasswordLink',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('purpose', models.CharField(choices=[('invitation', 'invitation'), ('forgotten', 'forgotten password')], max_length=10, verbose_name='purpose')),
                ('sent_at', models.DateTimeField(verbose_name='sent at')),
                ('ends_at', models.DateTimeField(verbose_name='ends at')),
                ('used_at', models.DateTimeField(null=True, verbose_name='used at')),
                ('person', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='password_link', to=settings.AUTH_USER_MODEL)),
                ('sent_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'verbose_name': 'password link',
                'verbose_name_plural': 'password links',
                'db_table': 'password_links',
                'default_permissions': (),
                'constraints': [models.CheckConstraint(condition=models.Q(('purpose__in', ['invitation', 'forgotten'])), name='password_link_has_purpose'), models.CheckConstraint(condition=models.Q(('ends_at__gt', models.F('sent_at'))), name='password_link_ends_after_sent'), models.CheckConstraint(condition=models.Q(('used_at__isnull', True), models.Q(('used_at__gte', models.F('sent_at')), ('used_at__lte', models.F('ends_at'))), _connector='OR'), name='password_link_used_in_time')],
            },
        ),
    ]
