"""Tells webhooks what happened: takes messages from the outbox and sends them."""

from trackline.jobs.webhooks.deliverer import Deliverer
from trackline.jobs.webhooks.secrets import Secrets, UnusableKey
from trackline.jobs.webhooks.sender import Message, Sender

__all__ = ["Deliverer", "Message", "Secrets", "Sender", "UnusableKey"]
