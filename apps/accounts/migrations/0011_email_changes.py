"""What tells the mailbox that an account had before, of the new one."""

import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models


STAYS = '''
CREATE TRIGGER email_changes_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON email_changes
    FOR EACH STATEMENT EXECUTE FUNCTION audit_append_only();
'''
MAY_GO = "DROP TRIGGER email_changes_append_only ON email_changes;"


class Migration(migrations.Migration):

    dependencies = [
        ('audit', '0003_append_only'),
        ('accounts', '0010_program_accounts'),
    ]

    operations = [
        migrations.CreateModel(
            name='EmailChange',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('before', models.EmailField(max_length=254, verbose_name='before')),
                ('after', models.EmailField(max_length=254, verbose_name='after')),
                ('changed_at', models.DateTimeField(default=django.utils.timezone.now, verbose_name='changed at')),
                ('changed_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('person', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'verbose_name': 'change of an e-mail',
                'verbose_name_plural': 'changes of e-mails',
                'db_table': 'email_changes',
                'default_permissions': (),
                'constraints': [models.CheckConstraint(condition=models.Q(('before', models.F('after')), _negated=True), name='email_change_changes_something')],
            },
        ),
        migrations.RunSQL(STAYS, MAY_GO),
    ]
