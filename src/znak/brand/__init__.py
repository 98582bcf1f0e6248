"""From marks to logos: lettering and what is built from it so far."""
