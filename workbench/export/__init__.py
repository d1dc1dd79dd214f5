"""A finished model on its way out: the folder, its card, its zip."""
