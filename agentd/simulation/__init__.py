"""A broker, a home and a rover to try everything with nothing plugged in."""
