"""The verbs that pages and the command line call."""
