"""Looks at everything that a server stands on, and says what is wrong and what to do. It mends nothing."""

from trackline.jobs.doctor.finding import Finding, Level, error, ok, warning

__all__ = ["Finding", "Level", "error", "ok", "warning"]
