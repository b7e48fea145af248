"""What else a Python program could look a code up in, each by its fastest public call."""
