"""Home Assistant's MQTT discovery, from the consumer's side: every announced device, a target.

Source of the payloads: Home Assistant 2026.2, `homeassistant/components/mqtt`.
"""
