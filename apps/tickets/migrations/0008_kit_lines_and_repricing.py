"""Lines of kits and of their parts, and the permission to price a ticket anew."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


KIT_LINES = """
CREATE UNIQUE INDEX ticket_line_of_its_ticket ON ticket_lines (ticket_id, id);
ALTER TABLE ticket_lines ADD CONSTRAINT ticket_line_kit_is_on_the_ticket
    FOREIGN KEY (ticket_id, kit_line_id) REFERENCES ticket_lines (ticket_id, id)
    DEFERRABLE INITIALLY DEFERRED;

CREATE FUNCTION ticket_line_kit_holds() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    -- Asked at the end of the transaction, when both lines have moved.
    IF EXISTS (
        SELECT FROM ticket_lines part JOIN ticket_lines kit ON kit.id = part.kit_line_id
         WHERE part.kit_line_id = coalesce(NEW.kit_line_id, NEW.id) AND part.status = 'on_loan'
               AND kit.status IN ('requested', 'reserved', 'returned', 'inspected', 'released')
    ) THEN
        RAISE EXCEPTION USING
            ERRCODE = 'integrity_constraint_violation',
            CONSTRAINT = 'ticket_line_part_is_out_with_kit',
            MESSAGE = 'a part is out only while its kit is';
    END IF;
    IF NEW.kit_line_id IS NOT NULL AND EXISTS (
        SELECT FROM ticket_lines other
         WHERE other.id = NEW.kit_line_id AND other.kit_line_id IS NOT NULL
               OR other.kit_line_id = NEW.id
    ) THEN
        RAISE EXCEPTION USING
            ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'ticket_line_kit_is_no_part',
            MESSAGE = 'the line of a kit is no part of another kit';
    END IF;
    RETURN NULL;
END $$;

CREATE CONSTRAINT TRIGGER ticket_line_part AFTER INSERT OR UPDATE OF status, kit_line_id ON ticket_lines
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION ticket_line_kit_holds();
"""

NO_KIT_LINES = """
DROP TRIGGER ticket_line_part ON ticket_lines;
DROP FUNCTION ticket_line_kit_holds();
ALTER TABLE ticket_lines DROP CONSTRAINT ticket_line_kit_is_on_the_ticket;
DROP INDEX ticket_line_of_its_ticket;
"""


class Migration(migrations.Migration):

    dependencies = [
        ("assets", "0008_kits"),
        ("tickets", "0007_strikes"),
        ('wallets', '0013_ledger_seals'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AlterModelOptions(
            name='ticket',
            options={'default_permissions': ('add', 'change', 'view'), 'ordering': ('-id',), 'permissions': (('submit_ticket', 'Can submit tickets, also for others'), ('approve_ticket', 'Can decide on tickets'), ('cancel_ticket', 'Can cancel tickets'), ('hand_over_ticket', 'Can hand over'), ('take_back_ticket', 'Can take back'), ('inspect_ticket', 'Can inspect returned assets and close'), ('reprice_ticket', 'Can price approved tickets anew'), ('comment_ticket', 'Can comment on tickets')), 'verbose_name': 'ticket', 'verbose_name_plural': 'tickets'},
        ),
        migrations.AddField(
            model_name='historicalticketline',
            name='kit_line',
            field=models.ForeignKey(blank=True, db_constraint=False, editable=False, help_text='the line that is paid for; this one goes along as its part', null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='tickets.ticketline', verbose_name='line of the kit'),
        ),
        migrations.AddField(
            model_name='ticketline',
            name='kit_line',
            field=models.ForeignKey(blank=True, editable=False, help_text='the line that is paid for; this one goes along as its part', null=True, on_delete=django.db.models.deletion.PROTECT, related_name='part_lines', to='tickets.ticketline', verbose_name='line of the kit'),
        ),
        migrations.AddConstraint(
            model_name='ticketline',
            constraint=models.CheckConstraint(condition=models.Q(('kit_line__isnull', True), models.Q(('commission', 0), ('deposit', 0), ('fee', 0), ('hold__isnull', True), ('late_fee', 0)), _connector='OR'), name='ticket_line_part_costs_nothing'),
        ),
        migrations.RunSQL(KIT_LINES, NO_KIT_LINES),
    ]
