"""What the rule for SQL injection needs: drivers, placeholders, a schema, and a test's database."""
