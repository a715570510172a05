"""The inventory of the demonstration: one SD-WAN controller, five affected customers, and others that are not."""
