"""Which roles need a second factor; a role without a row needs one."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ("accounts", "0004_user_roles"),
        ("auth", "0012_alter_user_first_name_max_length"),
    ]

    operations = [
        migrations.CreateModel(
            name='RolePolicy',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('needs_second_factor', models.BooleanField(default=True, verbose_name='needs a second factor')),
                ('is_fixed', models.BooleanField(default=False, help_text='The product asks for it; nobody turns it off.', verbose_name='fixed')),
                ('role', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, related_name='policy', to='auth.group', verbose_name='role')),
            ],
            options={
                'verbose_name': 'policy of a role',
                'verbose_name_plural': 'policies of roles',
                'db_table': 'role_policies',
                'default_permissions': (),
                'constraints': [models.CheckConstraint(condition=models.Q(('is_fixed', False), ('needs_second_factor', True), _connector='OR'), name='role_policy_fixed_needs_second_factor')],
            },
        ),
    ]
