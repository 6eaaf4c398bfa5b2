"""Archives of notifications: containers, and one room a form."""
