"""A migration operation that makes a table, partitioned where the database can do that."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.db import migrations

if TYPE_CHECKING:
    from django.db.backends.base.schema import BaseDatabaseSchemaEditor
    from django.db.migrations.state import ProjectState


class CreatePartitionedModel(migrations.CreateModel):
    """``CreateModel`` whose table is partitioned by the ranges of a column on PostgreSQL.

    There a unique rule has to contain that column, so the primary key becomes (key, column) in the database; the key
    alone is unique all the same, since one writer gives it out.
    """

    def database_forwards(
        self,
        app_label: str,
        schema_editor: BaseDatabaseSchemaEditor,
        from_state: ProjectState,
        to_state: ProjectState,
    ) -> None:
        """Make the table."""
        if schema_editor.connection.vendor != "postgresql":
            super().database_forwards(app_label, schema_editor, from_state, to_state)
            return
        model = to_state.apps.get_model(app_label, self.name)
        column = "local_time"
        meta: Any = model._meta
        constraints, meta.constraints = meta.constraints, []
        try:
            sql, parameters = schema_editor.table_sql(model)
        finally:
            meta.constraints = constraints
        table, key = meta.db_table, meta.pk.column
        # table_sql leaves constraints and indexes that come later in its list of deferred statements; they are made
        # below for the whole partitioned table.
        sql = sql.replace(" PRIMARY KEY", "", 1) + f' PARTITION BY RANGE ("{column}")'
        schema_editor.execute(sql, parameters or None)
        schema_editor.execute(f'ALTER TABLE "{table}" ADD PRIMARY KEY ("{key}", "{column}")')
        for constraint in meta.constraints:
            schema_editor.add_constraint(model, constraint)
        for index in meta.indexes:
            schema_editor.add_index(model, index)
        schema_editor.execute(f'CREATE TABLE "{table}_other" PARTITION OF "{table}" DEFAULT')
