"""A notice leads to a place on a page, such as a comment."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ("notifications", "0003_attachments"),
    ]

    operations = [
        migrations.AddField(
            model_name='notice',
            name='anchor',
            field=models.CharField(blank=True, db_default='', default='', editable=False, max_length=60, verbose_name='place on the page'),
        ),
    ]
