"""From another tracker into this one: what is there is read (sources), brought over, and compared in the end."""
