"""The HTTP doors: one file a door, all in one error shape, every one but /healthz locked."""
