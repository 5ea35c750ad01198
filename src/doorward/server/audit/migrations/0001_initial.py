"""The audit log, which the database itself keeps from being changed."""

from typing import Any

from django.db import migrations, models

KEPT = (
    "id", "at", "actor", "operator_id", "via", "address", "token", "request_id", "action", "object_type", "object_id",
    "object_name", "before", "after",
)  # fmt: skip
REASON = "The audit log cannot be changed."


def protect(apps: Any, schema_editor: Any) -> None:
    """Let the database refuse every change but the closing of an entry that is under way."""
    if schema_editor.connection.vendor == "sqlite":
        same = " AND ".join(f"NEW.{column} IS OLD.{column}" for column in KEPT)
        schema_editor.execute(
            "CREATE TRIGGER audit_no_delete BEFORE DELETE ON audit_auditentry "
            f"BEGIN SELECT RAISE(ABORT, '{REASON}'); END"
        )
        schema_editor.execute(
            "CREATE TRIGGER audit_no_update BEFORE UPDATE ON audit_auditentry "
            f"WHEN NOT (OLD.outcome = 'pending' AND NEW.outcome <> 'pending' AND {same}) "
            f"BEGIN SELECT RAISE(ABORT, '{REASON}'); END"
        )
        return
    same = " AND ".join(f"NEW.{column} IS NOT DISTINCT FROM OLD.{column}" for column in KEPT)
    schema_editor.execute(
        "CREATE FUNCTION audit_refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
        f"IF TG_OP = 'UPDATE' THEN IF OLD.outcome = 'pending' AND NEW.outcome <> 'pending' AND {same} "
        "THEN RETURN NEW; END IF; END IF; "
        f"RAISE EXCEPTION '{REASON}'; END $$"
    )
    schema_editor.execute(
        "CREATE TRIGGER audit_no_change BEFORE UPDATE OR DELETE ON audit_auditentry "
        "FOR EACH ROW EXECUTE FUNCTION audit_refuse()"
    )
    schema_editor.execute(
        "CREATE TRIGGER audit_no_truncate BEFORE TRUNCATE ON audit_auditentry "
        "FOR EACH STATEMENT EXECUTE FUNCTION audit_refuse()"
    )


def unprotect(apps: Any, schema_editor: Any) -> None:
    """Take the guard away, before the table goes."""
    if schema_editor.connection.vendor == "sqlite":
        schema_editor.execute("DROP TRIGGER audit_no_update")
        schema_editor.execute("DROP TRIGGER audit_no_delete")
        return
    schema_editor.execute("DROP FUNCTION audit_refuse() CASCADE")


class Migration(migrations.Migration):
    """The first table."""

    initial = True

    dependencies = []

    operations = [
        migrations.CreateModel(
            name="AuditEntry",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("at", models.DateTimeField(db_index=True)),
                ("finished", models.DateTimeField(blank=True, null=True)),
                ("actor", models.CharField(max_length=150)),
                ("operator_id", models.BigIntegerField(blank=True, db_index=True, null=True)),
                ("via", models.CharField(max_length=20)),
                ("address", models.CharField(blank=True, default="", max_length=45)),
                ("token", models.CharField(blank=True, default="", max_length=16)),
                ("request_id", models.CharField(blank=True, db_index=True, default="", max_length=64)),
                ("action", models.CharField(db_index=True, max_length=60)),
                ("object_type", models.CharField(blank=True, default="", max_length=40)),
                ("object_id", models.CharField(blank=True, default="", max_length=100)),
                ("object_name", models.CharField(blank=True, default="", max_length=200)),
                ("before", models.JSONField(blank=True, null=True)),
                ("after", models.JSONField(blank=True, null=True)),
                (
                    "outcome",
                    models.CharField(
                        choices=[
                            ("pending", "under way"),
                            ("done", "done"),
                            ("refused", "refused"),
                            ("failed", "failed"),
                        ],
                        default="done",
                        max_length=10,
                    ),
                ),
                ("words", models.TextField(blank=True, default="")),
            ],
            options={
                "verbose_name": "entry of the audit log",
                "verbose_name_plural": "audit log",
                "ordering": ["-pk"],
                "indexes": [models.Index(fields=["object_type", "object_id"], name="audit_object")],
            },
        ),
        migrations.RunPython(protect, unprotect),
    ]
