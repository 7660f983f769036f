"""Trackline: an ML experiment tracker that speaks the MLflow REST API."""

__version__ = "0.1.0"
