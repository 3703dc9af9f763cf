"""What the rule for SQL injection needs: drivers, placeholders, a schema from the statement, a test's database."""
