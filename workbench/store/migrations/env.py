"""Run by Alembic: the migrations happen in the transaction that ``migrations.upgrade`` opened."""

from alembic import context

from workbench.store.records import Record

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=Record.metadata,
    render_as_batch=True,
    transactional_ddl=True,  # SQLite can, with BEGIN IMMEDIATE: a killed migration leaves the old schema
)
context.run_migrations()
