"""Firmata 2.8: boards that a host plays pin by pin (StandardFirmata on an Arduino)."""
