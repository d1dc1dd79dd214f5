"""What the pages share: frame, forms, charts, messages."""
