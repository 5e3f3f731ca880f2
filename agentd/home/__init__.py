"""The MQTT door: sentences in, replies, receipts and states out, and the e-stop."""

from agentd.home.door import MqttDoor

__all__ = ["MqttDoor"]
