"""What the systems say to each other and to the world: types, nothing else."""
