"""The gateway: follows the journals, makes them durable, and delivers their reports to the hub."""
