"""Comments mention people and may be somebody else's words; tickets say how they came."""

import django.db.models.deletion
import django.db.models.functions.datetime
from django.conf import settings
from django.db import migrations, models

MENTIONS_STAY = """
-- The foreign keys are checked now, because a table with checks to come cannot be altered.
SET CONSTRAINTS ALL IMMEDIATE;
CREATE TRIGGER ticket_comment_mentions_stay
    BEFORE UPDATE OR DELETE OR TRUNCATE ON ticket_comment_mentions
    EXECUTE FUNCTION ticket_refuses(
        'ticket_comment_mentions_stay', 'a mention is neither changed nor deleted: its person was told'
    );
"""

MENTIONS_MAY_GO = "DROP TRIGGER ticket_comment_mentions_stay ON ticket_comment_mentions"


class Migration(migrations.Migration):

    dependencies = [
        ("tickets", "0011_handings"),
        ('wallets', '0013_ledger_seals'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='CommentMention',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('mentioned_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False, verbose_name='mentioned at')),
            ],
            options={
                'verbose_name': 'mention',
                'verbose_name_plural': 'mentions',
                'db_table': 'ticket_comment_mentions',
                'ordering': ('pk',),
                'default_permissions': (),
            },
        ),
        migrations.AddField(
            model_name='historicalticket',
            name='asked_by',
            field=models.CharField(blank=True, db_default='', default='', help_text='who spoke for the borrower, if it was somebody else', max_length=120, verbose_name='asked by'),
        ),
        migrations.AddField(
            model_name='historicalticket',
            name='came_by',
            field=models.CharField(blank=True, choices=[('desk', 'at the desk'), ('phone', 'by phone'), ('email', 'by e-mail'), ('in_person', 'in person, elsewhere')], db_default='', default='', help_text='empty when the borrower entered it', max_length=10, verbose_name='how it came'),
        ),
        migrations.AddField(
            model_name='historicalticketcomment',
            name='on_behalf_of',
            field=models.ForeignKey(blank=True, db_constraint=False, help_text='whose words the author wrote down, on the phone or at the desk', null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='on behalf of'),
        ),
        migrations.AddField(
            model_name='ticket',
            name='asked_by',
            field=models.CharField(blank=True, db_default='', default='', help_text='who spoke for the borrower, if it was somebody else', max_length=120, verbose_name='asked by'),
        ),
        migrations.AddField(
            model_name='ticket',
            name='came_by',
            field=models.CharField(blank=True, choices=[('desk', 'at the desk'), ('phone', 'by phone'), ('email', 'by e-mail'), ('in_person', 'in person, elsewhere')], db_default='', default='', help_text='empty when the borrower entered it', max_length=10, verbose_name='how it came'),
        ),
        migrations.AddField(
            model_name='ticketcomment',
            name='on_behalf_of',
            field=models.ForeignKey(blank=True, help_text='whose words the author wrote down, on the phone or at the desk', null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='on behalf of'),
        ),
        migrations.AddConstraint(
            model_name='ticket',
            constraint=models.CheckConstraint(condition=models.Q(('came_by', ''), ('came_by__in', ['desk', 'phone', 'email', 'in_person']), _connector='OR'), name='ticket_came_by_a_way'),
        ),
        migrations.AddConstraint(
            model_name='ticket',
            constraint=models.CheckConstraint(condition=models.Q(('asked_by', ''), models.Q(('came_by', ''), _negated=True), _connector='OR'), name='ticket_asked_by_came_by_a_way'),
        ),
        migrations.AddConstraint(
            model_name='ticketcomment',
            constraint=models.CheckConstraint(condition=models.Q(('on_behalf_of__isnull', True), models.Q(('visibility', 'everybody'), models.Q(('on_behalf_of', models.F('author')), _negated=True)), _connector='OR'), name='ticket_comment_of_another_is_for_everybody'),
        ),
        migrations.AddField(
            model_name='commentmention',
            name='comment',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='mentions', to='tickets.ticketcomment'),
        ),
        migrations.AddField(
            model_name='commentmention',
            name='person',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='person'),
        ),
        migrations.AddConstraint(
            model_name='commentmention',
            constraint=models.UniqueConstraint(fields=('comment', 'person'), name='ticket_comment_mentions_once'),
        ),
        migrations.RunSQL(MENTIONS_STAY, MENTIONS_MAY_GO),
    ]
