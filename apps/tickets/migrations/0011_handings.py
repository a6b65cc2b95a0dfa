"""Hand-overs and returns are kept with what both parties signed, and nobody changes them."""

import django.db.models.deletion
import django.db.models.functions.datetime
from django.conf import settings
from django.db import migrations, models

STATEMENTS_STAY = """
ALTER TABLE ticket_handings
    ADD CONSTRAINT ticket_handing_digest_is_of_statement
        CHECK (sha256 = encode(sha256(convert_to(statement, 'UTF8')), 'hex')),
    ADD CONSTRAINT ticket_handing_way_is_unique UNIQUE (id, direction);
ALTER TABLE ticket_handing_lines
    ADD CONSTRAINT ticket_handing_line_goes_the_same_way FOREIGN KEY (handing_id, direction)
        REFERENCES ticket_handings (id, direction);

CREATE TRIGGER ticket_handings_stay BEFORE UPDATE OR DELETE OR TRUNCATE ON ticket_handings
    EXECUTE FUNCTION ticket_refuses('ticket_handings_stay', 'what was signed is neither changed nor deleted');
CREATE TRIGGER ticket_handing_lines_stay BEFORE UPDATE OR DELETE OR TRUNCATE ON ticket_handing_lines
    EXECUTE FUNCTION ticket_refuses('ticket_handing_lines_stay', 'what was signed is neither changed nor deleted');
CREATE TRIGGER ticket_receipts_stay BEFORE UPDATE OR DELETE OR TRUNCATE ON ticket_receipts
    EXECUTE FUNCTION ticket_refuses('ticket_receipts_stay', 'a receipt is neither changed nor deleted');
"""

STATEMENTS_MAY_GO = """
DROP TRIGGER ticket_receipts_stay ON ticket_receipts;
DROP TRIGGER ticket_handing_lines_stay ON ticket_handing_lines;
DROP TRIGGER ticket_handings_stay ON ticket_handings;
ALTER TABLE ticket_handing_lines DROP CONSTRAINT ticket_handing_line_goes_the_same_way;
ALTER TABLE ticket_handings
    DROP CONSTRAINT ticket_handing_way_is_unique,
    DROP CONSTRAINT ticket_handing_digest_is_of_statement;
"""


class Migration(migrations.Migration):

    dependencies = [
        ("tickets", "0010_waiting_list"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='Handing',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('direction', models.CharField(choices=[('out', 'hand-over'), ('in', 'return')], max_length=3, verbose_name='direction')),
                ('at', models.DateTimeField(verbose_name='at')),
                ('representative', models.CharField(help_text='the name of the person at the desk', max_length=150, verbose_name='for the borrower')),
                ('signing', models.CharField(choices=[('none', 'not signed'), ('drawn', 'on the screen'), ('paper', 'on paper')], max_length=5, verbose_name='signed')),
                ('statement', models.TextField(verbose_name='statement')),
                ('sha256', models.CharField(help_text='of the statement', max_length=64, verbose_name='SHA-256')),
                ('kept_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False, verbose_name='kept at')),
                ('borrower_signature', models.OneToOneField(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='tickets.ticketfile')),
                ('clerk', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='clerk')),
                ('clerk_signature', models.OneToOneField(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='tickets.ticketfile')),
                ('paper', models.OneToOneField(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='tickets.ticketfile')),
                ('ticket', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='handings', to='tickets.ticket')),
            ],
            options={
                'verbose_name': 'hand-over or return',
                'verbose_name_plural': 'hand-overs and returns',
                'db_table': 'ticket_handings',
                'ordering': ('pk',),
                'default_permissions': ('view',),
            },
        ),
        migrations.CreateModel(
            name='HandingLine',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('direction', models.CharField(choices=[('out', 'hand-over'), ('in', 'return')], max_length=3, verbose_name='direction')),
                ('condition', models.CharField(choices=[('new', 'new'), ('good', 'good'), ('worn', 'worn'), ('damaged', 'damaged')], max_length=8, verbose_name='condition')),
                ('note', models.TextField(blank=True, verbose_name='note')),
                ('answers', models.JSONField(default=list, help_text='each with its text, whether it is so, a note', verbose_name='checklist')),
                ('handing', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='lines', to='tickets.handing')),
                ('line', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='handings', to='tickets.ticketline')),
            ],
            options={
                'verbose_name': 'line handed over or returned',
                'verbose_name_plural': 'lines handed over or returned',
                'db_table': 'ticket_handing_lines',
                'ordering': ('pk',),
                'default_permissions': ('view',),
            },
        ),
        migrations.CreateModel(
            name='Receipt',
            fields=[
                ('handing', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, primary_key=True, related_name='receipt', serialize=False, to='tickets.handing')),
                ('file', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='receipt', to='tickets.ticketfile')),
            ],
            options={
                'verbose_name': 'receipt',
                'verbose_name_plural': 'receipts',
                'db_table': 'ticket_receipts',
                'default_permissions': (),
            },
        ),
        migrations.AddConstraint(
            model_name='handing',
            constraint=models.CheckConstraint(condition=models.Q(('direction__in', ['out', 'in'])), name='ticket_handing_has_direction'),
        ),
        migrations.AddConstraint(
            model_name='handing',
            constraint=models.CheckConstraint(condition=models.Q(('representative', ''), _negated=True), name='ticket_handing_has_representative'),
        ),
        migrations.AddConstraint(
            model_name='handing',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('borrower_signature__isnull', True), ('clerk_signature__isnull', True), ('paper__isnull', True), ('signing', 'none')), models.Q(('borrower_signature__isnull', False), ('clerk_signature__isnull', False), ('paper__isnull', True), ('signing', 'drawn')), models.Q(('borrower_signature__isnull', True), ('clerk_signature__isnull', True), ('paper__isnull', False), ('signing', 'paper')), _connector='OR'), name='ticket_handing_is_signed_by_both'),
        ),
        migrations.AddConstraint(
            model_name='handingline',
            constraint=models.UniqueConstraint(fields=('line', 'direction'), name='ticket_line_is_handed_once_each_way'),
        ),
        migrations.RunSQL(STATEMENTS_STAY, STATEMENTS_MAY_GO),
    ]
