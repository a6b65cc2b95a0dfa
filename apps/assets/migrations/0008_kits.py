"""Kits contain assets; what an asset is a part of is a kit, and no kit is a part."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


# An update of anything else asks nothing here, so that a hand-over does not lock the kit of a part.
PARTS_ARE_OF_KITS = """
CREATE FUNCTION asset_kit_holds() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.kit_id IS NOT NULL THEN
        -- Locked, so that it does not stop being a kit before this commits.
        PERFORM 1 FROM assets WHERE id = NEW.kit_id AND is_kit FOR SHARE;
        IF NOT FOUND THEN
            RAISE EXCEPTION USING
                ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'asset_is_part_of_a_kit',
                MESSAGE = format('asset %s is no kit and has no parts', NEW.kit_id);
        END IF;
    END IF;
    IF NOT NEW.is_kit AND EXISTS (SELECT FROM assets WHERE kit_id = NEW.id) THEN
        RAISE EXCEPTION USING
            ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'asset_with_parts_is_a_kit',
            MESSAGE = format('asset %s has parts, so that it stays a kit', NEW.id);
    END IF;
    RETURN NEW;
END $$;

CREATE TRIGGER asset_kit_on_insert BEFORE INSERT ON assets
    FOR EACH ROW WHEN (NEW.kit_id IS NOT NULL) EXECUTE FUNCTION asset_kit_holds();
CREATE TRIGGER asset_kit_on_update BEFORE UPDATE ON assets
    FOR EACH ROW WHEN (OLD.kit_id IS DISTINCT FROM NEW.kit_id OR OLD.is_kit AND NOT NEW.is_kit)
    EXECUTE FUNCTION asset_kit_holds();
"""

PARTS_ARE_FREE = """
DROP TRIGGER asset_kit_on_update ON assets;
DROP TRIGGER asset_kit_on_insert ON assets;
DROP FUNCTION asset_kit_holds();
"""


class Migration(migrations.Migration):

    dependencies = [
        ("assets", "0007_pricing_rules"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(
            model_name='asset',
            name='is_kit',
            field=models.BooleanField(default=False, help_text='lent together with the assets that are its parts', verbose_name='kit'),
        ),
        migrations.AddField(
            model_name='asset',
            name='kit',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='parts', to='assets.asset', verbose_name='part of the kit'),
        ),
        migrations.AddField(
            model_name='historicalasset',
            name='is_kit',
            field=models.BooleanField(default=False, help_text='lent together with the assets that are its parts', verbose_name='kit'),
        ),
        migrations.AddField(
            model_name='historicalasset',
            name='kit',
            field=models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='assets.asset', verbose_name='part of the kit'),
        ),
        migrations.AddConstraint(
            model_name='asset',
            constraint=models.CheckConstraint(condition=models.Q(('is_kit', False), ('kit__isnull', True), _connector='OR'), name='asset_kit_is_in_no_kit'),
        ),
        migrations.RunSQL(PARTS_ARE_OF_KITS, PARTS_ARE_FREE),
    ]
