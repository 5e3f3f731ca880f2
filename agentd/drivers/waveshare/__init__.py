"""The line-JSON rovers of Waveshare (General Driver firmware)."""
