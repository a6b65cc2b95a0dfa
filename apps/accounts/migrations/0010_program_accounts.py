"""Tell the accounts of programs from people, and keep everybody from signing in with one."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ("accounts", "0008_factor_reset"),
        ('auth', '0012_alter_user_first_name_max_length'),
    ]

    operations = [
        migrations.AddField(
            model_name='historicaluser',
            name='is_program',
            field=models.BooleanField(default=False, editable=False, help_text='Acts for a program; nobody can sign in with it.', verbose_name='program account'),
        ),
        migrations.AddField(
            model_name='user',
            name='is_program',
            field=models.BooleanField(default=False, editable=False, help_text='Acts for a program; nobody can sign in with it.', verbose_name='program account'),
        ),
        migrations.AddConstraint(
            model_name='user',
            constraint=models.CheckConstraint(condition=models.Q(('is_program', False), models.Q(('email__endswith', '@programs.assets.invalid'), ('is_staff', False), ('is_superuser', False), ('is_system', False), ('password__startswith', '!')), _connector='OR'), name='user_of_program_cannot_sign_in'),
        ),
    ]
