"""How the tables came to their form."""
