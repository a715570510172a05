"""What every surface offers: one function an action, given the open site, the arguments and who asks."""
