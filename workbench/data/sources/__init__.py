"""Where data come from besides a file: databases, addresses, folders, the Hub, the samples."""
