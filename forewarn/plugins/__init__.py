"""What a site can add without touching the product, and the stock plugins that use the same door."""
