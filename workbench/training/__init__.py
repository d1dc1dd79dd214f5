"""The one loop that trains, and the rules that choose its settings."""
