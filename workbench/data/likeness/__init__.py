"""What is nearly the same: texts and images, and the groups that they form."""
