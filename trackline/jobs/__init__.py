"""Work that is longer than one request."""
