"""Pages drawn as lines and characters (PDF, pictures): rulings become grids."""
