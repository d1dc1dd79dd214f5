"""What is known about a table without any model."""
