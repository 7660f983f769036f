"""Out of this tracker, in forms that others read."""
