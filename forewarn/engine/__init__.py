"""Records, the store, and every action that a surface offers."""
