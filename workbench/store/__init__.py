"""The project store: records, migrations, transactions, and the frozen views that leave it."""
