"""The hub side: takes the reports of all boxes, stores each once, and acknowledges."""
