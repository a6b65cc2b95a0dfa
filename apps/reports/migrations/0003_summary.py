from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('reports', '0002_ledger_count'),
    ]

    operations = [
        migrations.AddField(
            model_name='reportrun',
            name='summary',
            field=models.CharField(default='', help_text='the parameters in words', max_length=254, verbose_name='parameters'),
        ),
    ]
