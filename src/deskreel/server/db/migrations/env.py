"""Alembic's entry point: works on the connection that `migrate` hands over."""

from alembic import context

from deskreel.server.db.tables import metadata

context.configure(connection=context.config.attributes["connection"], target_metadata=metadata)
with context.begin_transaction():
    context.run_migrations()
