"""Server capability db: PostgreSQL, embedded or by URL: engine, migrations, bus."""
