"""Command, second half, and handling: orders to responsible units by signed webhooks, and what they answer."""
