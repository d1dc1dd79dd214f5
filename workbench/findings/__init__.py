"""What a data set's rows say about it: each finding is a file, with the rows behind it and what would settle it."""
